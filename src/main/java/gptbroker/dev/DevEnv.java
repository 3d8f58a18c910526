package gptbroker.dev;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * {@code $DATA_DIR/dev.env}: where everything is and how to sign in, for test-broker and for scripts. It exists while
 * the broker is ready.
 */
final class DevEnv {
    private static final String NAME = "dev.env";

    private DevEnv() {}

    /** Where it is written. */
    static Path in(Path dataDir) {
        return dataDir.resolve(NAME);
    }

    /** Writes {@code KEY=value} lines, whole or not at all, for this user alone. */
    static void write(Path dataDir, Map<String, String> values) {
        var text = values.entrySet().stream()
                .map(entry -> entry.getKey() + "=" + entry.getValue() + "\n")
                .collect(Collectors.joining());
        try {
            DataDir.writePrivate(in(dataDir), text);
        } catch (IOException e) {
            throw new DevException(in(dataDir) + " cannot be written: " + e.getMessage(), e);
        }
    }

    /** Removes it; also that of a broker that was killed. */
    static void remove(Path dataDir) {
        try {
            Files.deleteIfExists(in(dataDir));
        } catch (IOException e) {
            throw new DevException(in(dataDir) + " cannot be removed: " + e.getMessage(), e);
        }
    }
}
