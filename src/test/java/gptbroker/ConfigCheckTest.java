package gptbroker;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is read at a start, as a process of its own, since only that has a working directory with a {@code .env}. */
class ConfigCheckTest {
    @TempDir
    private Path folder;

    private record Result(int code, String output) {}

    private Result check() throws IOException, InterruptedException {
        return run("config", "check");
    }

    private Result run(String... command) throws IOException, InterruptedException {
        List<String> line = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                "gptbroker.Broker"));
        line.addAll(List.of(command));
        var builder = new ProcessBuilder(line).directory(folder.toFile()).redirectErrorStream(true);
        builder.environment().clear();
        Process process = builder.start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return new Result(process.waitFor(), output);
    }

    @Test
    void readsTheEnvFileOfTheWorkingDirectory() throws IOException, InterruptedException {
        String example = Files.readString(Path.of("env/example.env"));
        Files.writeString(
                folder.resolve(".env"),
                example.replace("SUPABASE_URL=\n", "SUPABASE_URL=https://abc.supabase.co\n")
                        .replace("OPENAI_API_KEY=\n", "OPENAI_API_KEY=sk-very-secret\n"));
        Result result = check();
        assertThat(result.code()).as(result.output()).isZero();
        assertThat(result.output()).contains("https://abc.supabase.co").doesNotContain("sk-very-secret");
    }

    @Test
    void anUntouchedExampleIsToldWhatIsMissing() throws IOException, InterruptedException {
        Files.copy(Path.of("env/example.env"), folder.resolve(".env"));
        Result result = check();
        assertThat(result.code()).isEqualTo(2);
        assertThat(result.output()).contains("2 mistakes", "SUPABASE_URL", "OPENAI_API_KEY");
    }

    /** The plain spellings go past the command line's parser, and must mean the same. */
    @ParameterizedTest
    @ValueSource(strings = {"", "serve", "serve --role gateway", "serve --role=gateway"})
    void servingWithoutConfigurationTellsTheSameAndEnds(String line) throws IOException, InterruptedException {
        Result result = run(line.isEmpty() ? new String[0] : line.split(" "));
        assertThat(result.code()).isEqualTo(2);
        assertThat(result.output()).contains("SUPABASE_URL", "OPENAI_API_KEY");
    }

    @ParameterizedTest
    @ValueSource(strings = {"serve --role inference", "serve --role=inference"})
    void theOtherRoleIsAskedForInBothSpellings(String line) throws IOException, InterruptedException {
        Result result = run(line.split(" "));
        assertThat(result.code()).isEqualTo(2);
        assertThat(result.output()).contains("OPENAI_API_KEY").doesNotContain("SUPABASE_URL");
    }

    @Test
    void anotherRoleIsNone() throws IOException, InterruptedException {
        Result result = run("serve", "--role", "both");
        assertThat(result.code()).isEqualTo(2);
        assertThat(result.output()).contains("expected gateway or inference");
    }
}
