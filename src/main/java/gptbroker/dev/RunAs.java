package gptbroker.dev;

import com.sun.security.auth.module.UnixSystem;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Who runs Postgres, which refuses to be root: ourselves; root without its power (a user namespace of its own); or the
 * user that owns the data, for a start {@code nobody}.
 */
sealed interface RunAs {
    /** The command, changed so that the right user runs it. */
    List<String> wrap(List<String> command);

    /** Makes that user the owner of a file or of a whole folder. */
    default void own(Path path) {}

    /** The ordinary case. */
    record Ourselves() implements RunAs {
        @Override
        public List<String> wrap(List<String> command) {
            return command;
        }
    }

    /** Root, seen by Postgres as an ordinary user. */
    record Namespace() implements RunAs {
        @Override
        public List<String> wrap(List<String> command) {
            return joined(List.of("unshare", "-U"), command);
        }
    }

    /** Root hands over to another user. */
    record User(int uid, int gid) implements RunAs {
        @Override
        public List<String> wrap(List<String> command) {
            if (ServerProcess.succeeds(
                    List.of("setpriv", "--reuid=" + uid, "--regid=" + gid, "--clear-groups", "true"))) {
                return joined(List.of("setpriv", "--reuid=" + uid, "--regid=" + gid, "--clear-groups"), command);
            }
            var line = command.stream()
                    .map(word -> "'" + word.replace("'", "'\\''") + "'")
                    .collect(Collectors.joining(" ", "exec ", ""));
            return List.of("su", "-s", "/bin/sh", nameOf(uid), "-c", line);
        }

        @Override
        public void own(Path path) {
            try (var all = Files.walk(path)) {
                for (var file : all.toList()) {
                    Files.setAttribute(file, "unix:uid", uid, LinkOption.NOFOLLOW_LINKS);
                    Files.setAttribute(file, "unix:gid", gid, LinkOption.NOFOLLOW_LINKS);
                }
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        private static String nameOf(int uid) {
            try {
                return Files.readAllLines(Path.of("/etc/passwd")).stream()
                        .map(line -> line.split(":", -1))
                        .filter(fields -> fields.length > 2 && fields[2].equals(Integer.toString(uid)))
                        .map(fields -> fields[0])
                        .findFirst()
                        .orElse(Integer.toString(uid));
            } catch (IOException e) {
                return Integer.toString(uid);
            }
        }
    }

    /**
     * Chooses for this folder, which exists.
     *
     * @throws DevException when nobody but root could use it
     */
    static RunAs forFolder(Path folder) {
        int owner = owner(folder);
        long we = new UnixSystem().getUid();
        if (we != 0) {
            if (owner != we) {
                throw new DevException(folder + " belongs to another user (" + owner + "); run as that user or root,"
                        + " or choose another DATA_DIR");
            }
            return new Ourselves();
        }
        if (owner == 0 && canWrite(new Namespace(), folder)) {
            return new Namespace();
        }
        var user = owner == 0 ? nobody() : new User(owner, group(folder));
        user.own(folder);
        letThrough(folder.getParent());
        if (!canWrite(user, folder)) {
            throw new DevException("Postgres does not run as root, and user " + user.uid() + " cannot reach " + folder
                    + ". Run the broker as an ordinary user, choose a DATA_DIR that everyone can enter,"
                    + " or set DATABASE_URL");
        }
        return user;
    }

    private static boolean canWrite(RunAs runAs, Path folder) {
        return ServerProcess.succeeds(runAs.wrap(List.of("test", "-w", folder.toString())));
    }

    private static void letThrough(Path folder) {
        try {
            var permissions = Files.getPosixFilePermissions(folder);
            permissions.add(PosixFilePermission.OTHERS_EXECUTE);
            Files.setPosixFilePermissions(folder, permissions);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static User nobody() {
        return new User(65_534, 65_534);
    }

    private static int owner(Path path) {
        return attribute(path, "unix:uid");
    }

    private static int group(Path path) {
        return attribute(path, "unix:gid");
    }

    private static int attribute(Path path, String name) {
        try {
            return (Integer) Files.getAttribute(path, name);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static List<String> joined(List<String> first, List<String> rest) {
        var all = new ArrayList<>(first);
        all.addAll(rest);
        return all;
    }
}
