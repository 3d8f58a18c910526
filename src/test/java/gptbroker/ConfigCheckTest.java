package gptbroker;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code broker config check} as a process of its own, since only that has a working directory with a {@code .env}. */
class ConfigCheckTest {
    @TempDir
    private Path folder;

    private record Result(int code, String output) {}

    private Result check() throws IOException, InterruptedException {
        var builder = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        "gptbroker.Broker",
                        "config",
                        "check")
                .directory(folder.toFile())
                .redirectErrorStream(true);
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
}
