package gptbroker.dev;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The real supabase-js from npm signs in; {@code src/test/js} holds the checks. */
class SupabaseJsTest {
    private static final Path SOURCES = Path.of("src", "test", "js");
    private static final Path COPY = Path.of("target", "supabase-js");

    @TempDir
    Path folder;

    @Test
    void signsInAgainstTheStandIn() throws Exception {
        assumeTrue(
                ServerProcess.onPath("node").isPresent()
                        && ServerProcess.onPath("npm").isPresent(),
                "node and npm are not on the PATH; scripts/test installs them");
        install();
        try (var issuer = DevIssuer.start(new DevIssuer.Settings(0, folder))) {
            var node = new ProcessBuilder("node", "supabase.mjs");
            node.environment().remove("BROKER_URL");
            node.environment().put("SUPABASE_URL", issuer.url());
            node.environment().put("SUPABASE_ANON_KEY", issuer.anonKey());
            assertThat(run(node)).contains("11 ok, 0 failed");
            node.environment().put("SUPABASE_ANON_KEY", issuer.publishableKey());
            assertThat(run(node)).contains("11 ok, 0 failed");
        }
    }

    /** Outside of the sources, and only when the lock file has changed. */
    private static void install() throws Exception {
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
