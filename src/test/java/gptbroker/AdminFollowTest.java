package gptbroker;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import gptbroker.e2e.Rig;
import gptbroker.testing.Eventually;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
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
    private static final String KEY = "operator-key-of-24-characters";
    private static Rig rig;

    @TempDir
    Path folder;

    @BeforeAll
    static void start() {
        rig = Rig.start(Map.of("ADMIN_KEY", KEY));
    }

    @AfterAll
    static void stop() {
        rig.close();
    }

    private record Run(int code, String out, String err) {}

    private static Run run(String... args) {
        var out = new StringWriter();
        var err = new StringWriter();
        int code = Broker.run(new Shutdown(), new PrintWriter(out), new PrintWriter(err), args);
        return new Run(code, out.toString(), err.toString());
    }

    private static Run admin(String... args) {
        var all = new ArrayList<>(List.of("admin", "--url", "http://127.0.0.1:" + rig.internalPort(), "--key", KEY));
        all.addAll(List.of(args));
        return run(all.toArray(String[]::new));
    }

    private static String ok(String... args) {
        Run run = admin(args);
        assertThat(run.err()).isEmpty();
        assertThat(run.code()).isZero();
        return run.out();
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
                () -> ok("events", "--follow", "--limit", "2", "--caller", user.toString(), "--json"), beside);
        var table = CompletableFuture.supplyAsync(
                () -> ok("events", "-f", "--limit", "1", "--caller", user.toString()), beside);
        chatUntil(rig.token(user), () -> lines.isDone() && table.isDone());
        assertThat(lines.get().lines()).hasSize(2).allSatisfy(line -> {
            assertThat(new ObjectMapper().readTree(line).path("endpoint").textValue())
                    .isEqualTo("/chat/create");
        });
        assertThat(table.get()).startsWith("id ").contains("/chat/create").hasLineCount(2);
        assertThat(admin("events", "--follow", "--before", user.toString()).code())
                .isEqualTo(2);
        assertThat(admin("events", "--follow", "--key", "wrong").code()).isEqualTo(1);
        assertThat(run("admin", "events", "-f", "--url", "http://127.0.0.1:1", "--key", KEY)
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
                        KEY)
                .directory(folder.toFile())
                .redirectErrorStream(true)
                .redirectOutput(printed.toFile())
                .start();
        try {
            UUID user = rig.user();
            chatUntil(rig.token(user), () -> contents(printed).contains(user.toString()));
            new ProcessBuilder("kill", "-INT", Long.toString(following.pid()))
                    .start()
                    .waitFor();
            assertThat(following.waitFor(60, TimeUnit.SECONDS)).isTrue();
            assertThat(following.exitValue()).isZero();
            assertThat(contents(printed)).startsWith("id ").doesNotContain("Exception", "broker:");
        } finally {
            following.destroyForcibly();
        }
    }

    private static String contents(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
