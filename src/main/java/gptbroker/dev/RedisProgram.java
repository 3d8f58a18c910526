package gptbroker.dev;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import redis.embedded.core.ExecutableProvider;
import redis.embedded.model.OsArchitecture;

/** Finds a redis-server. */
final class RedisProgram {
    private final Binaries binaries;

    RedisProgram(Binaries binaries) {
        this.binaries = binaries;
    }

    /**
     * A redis-server that runs here: the packaged one, else the packaged 32-bit one (linked statically, while the
     * other needs OpenSSL 3), else the system's.
     *
     * @throws DevException when none does
     */
    Path find() {
        for (var name : packagedRedis()) {
            var program = binaries.folder().resolve(name);
            if (unpackRedis(name, program) && Binaries.runs(program)) {
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
            binaries.makeFolder();
            var next = Files.createTempFile(binaries.folder(), ".redis", ".new");
            Files.copy(packed, next, StandardCopyOption.REPLACE_EXISTING);
            Files.setPosixFilePermissions(next, PosixFilePermissions.fromString("rwxr-xr-x"));
            Files.move(next, program, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            return true;
        } catch (IOException e) {
            throw new DevException(
                    "redis-server cannot be unpacked to " + binaries.folder() + ": " + e.getMessage(), e);
        }
    }
}
