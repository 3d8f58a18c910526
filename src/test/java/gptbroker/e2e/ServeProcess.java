package gptbroker.e2e;

import gptbroker.testing.Eventually;
import gptbroker.testing.Ports;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** {@code broker serve …} as a process of its own with nothing in its environment but what a test gives it. */
final class ServeProcess implements AutoCloseable {
    private static final Duration WITHIN = Duration.ofSeconds(60);

    private final HttpClient http =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final Process process;
    private final Path log;
    private final int port;
    private final int internalPort;

    private ServeProcess(Process process, Path log, int port, int internalPort) {
        this.process = process;
        this.log = log;
        this.port = port;
        this.internalPort = internalPort;
    }

    /** Starts one on a free port; returns when it is ready. */
    static ServeProcess start(Path folder, Map<String, String> variables, String... arguments) {
        return start(folder, Ports.free(), variables, arguments);
    }

    /** Starts one on this port; returns when it is ready. */
    static ServeProcess start(Path folder, int port, Map<String, String> variables, String... arguments) {
        int internalPort = Ports.free();
        Path log = folder.resolve("log-" + port);
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-Xmx256m",
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                "gptbroker.Broker",
                "serve"));
        command.addAll(List.of(arguments));
        var environment = new HashMap<>(variables);
        if (variables.containsKey("REDIS_URL")) {
            // A slow moment of a busy machine must not look like an outage.
            environment.putIfAbsent("REDIS_TIMEOUT", "5s");
        }
        environment.putAll(Map.of(
                "HOST", "127.0.0.1", "PORT", "" + port, "INTERNAL_PORT", "" + internalPort, "DRAIN_DELAY", "0s"));
        var builder = new ProcessBuilder(command)
                .directory(folder.toFile())
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()));
        builder.environment().clear();
        builder.environment().putAll(environment);
        try {
            var started = new ServeProcess(builder.start(), log, port, internalPort);
            Eventually.within(WITHIN, "ready, see " + log, started::ready);
            return started;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    String url() {
        return "http://127.0.0.1:" + port;
    }

    int port() {
        return port;
    }

    /** Its environment as the kernel tells it. */
    String environment() throws IOException {
        return new String(Files.readAllBytes(Path.of("/proc/" + process.pid() + "/environ")), StandardCharsets.UTF_8);
    }

    /** All that it has printed. */
    String log() throws IOException {
        return Files.readString(log);
    }

    /** Sends SIGTERM. */
    void terminate() {
        process.destroy();
    }

    /** Waits until it has ended. */
    int exitCode() throws InterruptedException {
        if (!process.waitFor(WITHIN.toSeconds(), TimeUnit.SECONDS)) {
            throw new IllegalStateException("it does not end, see " + log);
        }
        return process.exitValue();
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }

    private boolean ready() {
        if (!process.isAlive()) {
            throw new IllegalStateException("it has ended with " + process.exitValue() + ", see " + log);
        }
        try {
            var request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + internalPort + "/readyz"))
                    .timeout(Duration.ofSeconds(10))
                    .build();
            return http.send(request, BodyHandlers.discarding()).statusCode() == 200;
        } catch (IOException notYet) {
            return false;
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
