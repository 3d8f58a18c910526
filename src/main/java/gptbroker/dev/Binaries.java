package gptbroker.dev;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;

/**
 * The folder into which the server programs that Maven brought are unpacked, once a version. Several processes may do so
 * at the same time: each unpacks aside and the first rename wins.
 */
record Binaries(Path folder) {
    /** Creates the folder. Postgres may run as another user, who must be able to read its program. */
    void makeFolder() throws IOException {
        Files.createDirectories(folder);
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    /** Whether this machine can run a program: an absent library shows here. */
    static boolean runs(Path program) {
        return ServerProcess.succeeds(List.of(program.toString(), "--version"));
    }
}
