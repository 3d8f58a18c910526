package gptbroker;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import gptbroker.e2e.Operator;
import gptbroker.e2e.Rig;
import gptbroker.testing.Eventually;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code broker admin events --follow} against a whole broker. */
class AdminFollowTest {
    private static Rig rig;
    private static AdminCli cli;

    @TempDir
    Path folder;

    @BeforeAll
    static void start() {
        rig = Rig.start(Map.of("ADMIN_KEY", Operator.KEY));
        cli = new AdminCli(rig);
    }

    @AfterAll
    static void stop() {
        rig.close();
    }

    /** Does something until the event of it has been seen: who follows is there a moment later. */
    private static void chatUntil(String token, BooleanSupplier seen) {
        Eventually.within(Duration.ofSeconds(60), "followed", () -> {
            rig.post("/chat/create", token, "{\"name\":\"plans\"}");
            return seen.getAsBoolean();
        });
    }

    @Test
    void eventsAreFollowed() throws Exception {
        UUID user = rig.user();
        // Not in the common pool, which may have one thread: the rig's own requests end there.
        Executor beside = command -> Thread.ofVirtual().start(command);
        var lines = CompletableFuture.supplyAsync(
                () -> cli.ok("events", "--follow", "--limit", "2", "--caller", user.toString(), "--json"), beside);
        var table = CompletableFuture.supplyAsync(
                () -> cli.ok("events", "-f", "--limit", "1", "--caller", user.toString()), beside);
        chatUntil(rig.token(user), () -> lines.isDone() && table.isDone());
        assertThat(lines.get().lines()).hasSize(2).allSatisfy(line -> {
            assertThat(new ObjectMapper().readTree(line).path("endpoint").textValue())
                    .isEqualTo("/chat/create");
        });
        assertThat(table.get()).startsWith("id ").contains("/chat/create").hasLineCount(2);
        assertThat(cli.admin("events", "--follow", "--before", user.toString()).code())
                .isEqualTo(2);
        assertThat(cli.admin("events", "--follow", "--key", "wrong").code()).isEqualTo(1);
        assertThat(AdminCli.run("admin", "events", "-f", "--url", "http://127.0.0.1:1", "--key", Operator.KEY)
                        .code())
                .isEqualTo(3);
    }

    @Test
    void ctrlCEndsFollowing() throws Exception {
        Path printed = folder.resolve("printed");
        Process following = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:TieredStopAtLevel=1",
                        "-Xmx128m",
                        "-cp",
                        System.getProperty("java.class.path"),
                        "gptbroker.Broker",
                        "admin",
                        "events",
                        "--follow",
                        "--url",
                        "http://127.0.0.1:" + rig.internalPort(),
                        "--key",
                        Operator.KEY)
                .directory(folder.toFile())
                .redirectErrorStream(true)
                .redirectOutput(printed.toFile())
                .start();
        try {
            UUID user = rig.user();
            chatUntil(rig.token(user), () -> contents(printed).contains(user.toString()));
            new ProcessBuilder("kill", "-" + interrupt(following), Long.toString(following.pid()))
                    .start()
                    .waitFor();
            assertThat(following.waitFor(60, TimeUnit.SECONDS)).isTrue();
            assertThat(following.exitValue()).isZero();
            assertThat(contents(printed)).startsWith("id ").doesNotContain("Exception", "broker:");
        } finally {
            following.destroyForcibly();
        }
    }

    /** Whoever runs the tests in the background ignores Ctrl-C, and all children inherit that: they are ended otherwise. */
    private static String interrupt(Process process) throws IOException {
        Path status = Path.of("/proc/" + process.pid() + "/status");
        boolean ignored = Files.exists(status)
                && Files.readAllLines(status).stream()
                        .filter(line -> line.startsWith("SigIgn:"))
                        .anyMatch(line ->
                                (Long.parseUnsignedLong(line.substring(7).strip(), 16) & 2) != 0);
        return ignored ? "TERM" : "INT";
    }

    private static String contents(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
