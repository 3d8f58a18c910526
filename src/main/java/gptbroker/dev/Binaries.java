package gptbroker.dev;

import io.zonky.test.db.postgres.embedded.DefaultPostgresBinaryResolver;
import java.io.BufferedInputStream;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.apache.commons.compress.compressors.xz.XZCompressorInputStream;
import redis.embedded.core.ExecutableProvider;
import redis.embedded.model.OsArchitecture;

/**
 * Unpacks the server programs that Maven brought, once per version, into a folder. Several processes may do so at the
 * same time: each unpacks aside and the first rename wins.
 */
final class Binaries {
    private static final int NAME_HEX = 12;

    private final Path folder;

    Binaries(Path folder) {
        this.folder = folder;
    }

    /**
     * A redis-server that runs here: the packaged one, else the packaged 32-bit one (linked statically, while the
     * other needs OpenSSL 3), else the system's.
     *
     * @throws DevException when none does
     */
    Path redisServer() {
        for (var name : packagedRedis()) {
            var program = folder.resolve(name);
            if (unpackRedis(name, program) && runs(program)) {
                return program;
            }
        }
        return ServerProcess.onPath("redis-server")
                .filter(Binaries::runs)
                .orElseThrow(() -> new DevException("No redis-server runs on this machine: the packaged one does not,"
                        + " and none is on the PATH. Install redis-server, or set REDIS_URL"));
    }

    private static List<String> packagedRedis() {
        try {
            var versions = ExecutableProvider.newProvidedVersionsMap();
            var names = new LinkedHashSet<Optional<String>>();
            names.add(Optional.ofNullable(versions.get(OsArchitecture.detectOSandArchitecture())));
            if (OsArchitecture.detectOSandArchitecture().equals(OsArchitecture.UNIX_x86_64)) {
                names.add(Optional.ofNullable(versions.get(OsArchitecture.UNIX_x86)));
            }
            return names.stream()
                    .flatMap(Optional::stream)
                    .map(name -> name.substring(name.lastIndexOf('/') + 1))
                    .toList();
        } catch (NoClassDefFoundError | RuntimeException e) {
            // Left out of the container image, or a platform unknown to the package: the PATH is next.
            return List.of();
        }
    }

    private boolean unpackRedis(String name, Path program) {
        if (Files.isExecutable(program)) {
            return true;
        }
        try (var packed = ExecutableProvider.class.getResourceAsStream("/" + name)) {
            if (packed == null) {
                return false;
            }
            makeFolder();
            var next = Files.createTempFile(folder, ".redis", ".new");
            Files.copy(packed, next, StandardCopyOption.REPLACE_EXISTING);
            Files.setPosixFilePermissions(next, PosixFilePermissions.fromString("rwxr-xr-x"));
            Files.move(next, program, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            return true;
        } catch (IOException e) {
            throw new DevException("redis-server cannot be unpacked to " + folder + ": " + e.getMessage(), e);
        }
    }

    private static boolean runs(Path program) {
        return ServerProcess.succeeds(List.of(program.toString(), "--version"));
    }

    /**
     * The folder of a Postgres ({@code bin/postgres}, {@code bin/initdb}, {@code bin/pg_ctl}) that runs here.
     *
     * @throws DevException when the packaged one does not
     */
    Path postgres() {
        try {
            var packed = packedPostgres();
            var home = folder.resolve("postgres-" + fingerprint(packed));
            if (Files.notExists(home)) {
                makeFolder();
                var next = Files.createTempDirectory(folder, ".postgres");
                Files.setPosixFilePermissions(next, PosixFilePermissions.fromString("rwxr-xr-x"));
                unpackTar(new ByteArrayInputStream(packed), next);
                moveInto(next, home);
            }
            if (!runs(home.resolve("bin/postgres"))) {
                throw new DevException("The packaged Postgres does not run on this machine; set DATABASE_URL");
            }
            return home;
        } catch (IOException e) {
            throw new DevException("Postgres cannot be unpacked to " + folder + ": " + e.getMessage(), e);
        }
    }

    private static byte[] packedPostgres() throws IOException {
        var system = System.getProperty("os.name").startsWith("Mac") ? "Darwin" : "Linux";
        var architecture = System.getProperty("os.arch").equals("amd64") ? "x86_64" : System.getProperty("os.arch");
        try (var packed = DefaultPostgresBinaryResolver.INSTANCE.getPgBinary(system, architecture)) {
            return packed.readAllBytes();
        } catch (NoClassDefFoundError | IllegalStateException e) {
            throw new DevException(
                    "No Postgres is packaged for " + system + " " + architecture + "; set DATABASE_URL", e);
        }
    }

    private static void unpackTar(InputStream packed, Path target) throws IOException {
        try (var tar = new TarArchiveInputStream(new XZCompressorInputStream(new BufferedInputStream(packed)))) {
            for (TarArchiveEntry entry = tar.getNextEntry(); entry != null; entry = tar.getNextEntry()) {
                var file = target.resolve(entry.getName()).normalize();
                if (!file.startsWith(target)) {
                    throw new IOException("Entry outside of the archive: " + entry.getName());
                }
                if (entry.isDirectory()) {
                    Files.createDirectories(file);
                    continue;
                }
                Files.createDirectories(file.getParent());
                if (entry.isSymbolicLink()) {
                    Files.createSymbolicLink(file, Path.of(entry.getLinkName()));
                } else {
                    Files.copy(tar, file, StandardCopyOption.REPLACE_EXISTING);
                    boolean executable = (entry.getMode() & 0100) != 0;
                    Files.setPosixFilePermissions(
                            file, PosixFilePermissions.fromString(executable ? "rwxr-xr-x" : "rw-r--r--"));
                }
            }
        }
    }

    private static void moveInto(Path next, Path home) throws IOException {
        try {
            Files.move(next, home, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            if (Files.notExists(home)) {
                throw e;
            }
            // Another process was first; the copy aside is left to the operator's eye, it starts with a dot.
        }
    }

    private void makeFolder() throws IOException {
        Files.createDirectories(folder);
        // Postgres may run as another user, who must be able to read its program.
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    private static String fingerprint(byte[] bytes) {
        try {
            var digest = MessageDigest.getInstance("SHA-256").digest(bytes);
            return HexFormat.of().formatHex(digest).substring(0, NAME_HEX);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
