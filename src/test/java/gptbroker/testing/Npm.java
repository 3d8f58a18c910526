package gptbroker.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** Real clients from npm, running the checks of {@code src/test/js}. */
public final class Npm {
    private static final Path SOURCES = Path.of("src", "test", "js");
    private static final Path COPY = Path.of("target", "npm");

    private Npm() {}

    /**
     * Runs one file of checks.
     *
     * @param file its name in {@code src/test/js}
     * @param variables what the file asks for
     * @return what it printed; a failed check fails the test
     */
    public static String check(String file, Map<String, String> variables) throws Exception {
        assumeTrue(isOnPath("node") && isOnPath("npm"), "node and npm are not on the PATH; scripts/test installs them");
        install();
        var node = new ProcessBuilder("node", file);
        node.environment().keySet().removeAll(Set.of("BROKER_URL", "BROKER_PROMPTS"));
        node.environment().putAll(variables);
        return run(node);
    }

    private static boolean isOnPath(String program) {
        return Stream.of(System.getenv().getOrDefault("PATH", "").split(File.pathSeparator))
                .anyMatch(folder -> Files.isExecutable(Path.of(folder, program)));
    }

    /** Outside of the sources, and only when the lock file has changed. */
    private static synchronized void install() throws Exception {
        Files.createDirectories(COPY);
        boolean installed = Files.exists(COPY.resolve("node_modules/.package-lock.json"))
                && Files.exists(COPY.resolve("package-lock.json"))
                && Files.mismatch(SOURCES.resolve("package-lock.json"), COPY.resolve("package-lock.json")) < 0;
        try (var files = Files.list(SOURCES)) {
            for (var file : files.filter(Files::isRegularFile).toList()) {
                Files.copy(file, COPY.resolve(file.getFileName()), StandardCopyOption.REPLACE_EXISTING);
            }
        }
        if (!installed) {
            run(new ProcessBuilder("npm", "ci", "--no-audit", "--no-fund"));
        }
    }

    private static String run(ProcessBuilder command) throws IOException, InterruptedException {
        var output = COPY.resolve("output.txt");
        var process = command.directory(COPY.toFile())
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        boolean ended = process.waitFor(3, TimeUnit.MINUTES);
        if (!ended) {
            process.destroyForcibly();
        }
        var text = Files.readString(output, StandardCharsets.UTF_8);
        assertThat(ended).as(text).isTrue();
        assertThat(process.exitValue()).as(text).isZero();
        return text;
    }
}
