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
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.apache.commons.compress.compressors.xz.XZCompressorInputStream;

/** Unpacks the packaged Postgres. The container image leaves the packages out: then this class does not even load. */
final class PostgresPrograms {
    private static final int NAME_HEX = 12;

    private final Binaries binaries;

    private PostgresPrograms(Binaries binaries) {
        this.binaries = binaries;
    }

    /**
     * The folder of a Postgres ({@code bin/postgres}, {@code bin/initdb}, {@code bin/pg_ctl}) that runs here.
     *
     * @throws DevException when the packaged one does not
     */
    static Path find(Binaries binaries) {
        return new PostgresPrograms(binaries).unpacked();
    }

    private Path unpacked() {
        try {
            var packed = packedPostgres();
            var home = binaries.folder().resolve("postgres-" + fingerprint(packed));
            if (Files.notExists(home)) {
                binaries.makeFolder();
                var next = Files.createTempDirectory(binaries.folder(), ".postgres");
                Files.setPosixFilePermissions(next, PosixFilePermissions.fromString("rwxr-xr-x"));
                unpackTar(new ByteArrayInputStream(packed), next);
                moveInto(next, home);
            }
            if (!Binaries.runs(home.resolve("bin/postgres"))) {
                throw new DevException("The packaged Postgres does not run on this machine; set DATABASE_URL");
            }
            return home;
        } catch (IOException e) {
            throw new DevException("Postgres cannot be unpacked to " + binaries.folder() + ": " + e.getMessage(), e);
        }
    }

    private static byte[] packedPostgres() throws IOException {
        var system = System.getProperty("os.name").startsWith("Mac") ? "Darwin" : "Linux";
        var architecture = System.getProperty("os.arch").equals("amd64") ? "x86_64" : System.getProperty("os.arch");
        try (var packed = DefaultPostgresBinaryResolver.INSTANCE.getPgBinary(system, architecture)) {
            return packed.readAllBytes();
        } catch (IllegalStateException e) {
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
            // Another process was first.
            DataDir.deleteAll(next);
        }
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
