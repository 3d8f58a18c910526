package gptbroker.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;

/** Folders for the files of one fixture. */
public final class Scratch {
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private Scratch() {}

    /** A new, empty folder; {@link #remove} it. */
    public static Path folder(String name) {
        try {
            return Files.createTempDirectory(name);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Removes a folder with all that is in it; what a process that is just ending removes itself is no error. */
    public static void remove(Path folder) {
        if (Files.exists(folder)) {
            Eventually.within(PATIENCE, folder + " is gone", () -> removed(folder));
        }
    }

    private static boolean removed(Path folder) {
        try (var files = Files.walk(folder)) {
            files.sorted(Comparator.reverseOrder())
                    .forEach(file -> file.toFile().delete());
        } catch (UncheckedIOException | IOException changed) {
            return false;
        }
        return Files.notExists(folder);
    }
}
