package gptbroker.faults;

import gptbroker.testing.Eventually;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** {@code broker serve} as a process of its own, which can be killed, paused and started again on the same ports. */
final class BrokerProcess implements AutoCloseable {
    private static final Duration START_WITHIN = Duration.ofSeconds(60);

    private final Path folder;
    private final int internalPort;
    private final Map<String, String> environment;
    private final HttpClient http =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private volatile @Nullable Process process;
    private volatile int incarnation;

    BrokerProcess(Path folder, int internalPort, Map<String, String> environment) {
        this.folder = folder;
        this.internalPort = internalPort;
        this.environment = environment;
    }

    /** Starts it; returns when it is ready. */
    void start() {
        // As a container's start would: little compiling, as the process lives for seconds.
        var command = List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-Xmx256m",
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                "gptbroker.Broker",
                "serve");
        var builder = new ProcessBuilder(command)
                .directory(folder.toFile())
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(log().toFile()));
        builder.environment().clear();
        builder.environment().putAll(environment);
        try {
            process = builder.start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        incarnation++;
        Eventually.within(START_WITHIN, "broker is ready, see " + log(), this::ready);
    }

    /** Which process this is, counted from 1; a connection to an earlier one is of no use. */
    int incarnation() {
        return incarnation;
    }

    /** {@code kill -9}; returns when it is gone. */
    void kill() {
        running().destroyForcibly();
        exitCode();
    }

    /** SIGTERM, STOP or CONT. */
    void signal(String name) {
        try {
            new ProcessBuilder("kill", "-" + name, Long.toString(running().pid()))
                    .start()
                    .waitFor();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Waits until it has ended. */
    int exitCode() {
        try {
            if (!running().waitFor(START_WITHIN.toSeconds(), TimeUnit.SECONDS)) {
                throw new IllegalStateException("the broker does not end, see " + log());
            }
            return running().exitValue();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /** The value of a metric without labels; NaN when there is none. */
    double metric(String name) {
        return internal("/metrics")
                .lines()
                .filter(line -> line.startsWith(name + " ") || line.startsWith(name + "{"))
                .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
                .reduce(Double::sum)
                .orElse(Double.NaN);
    }

    /** Everything that all incarnations have logged. */
    Path log() {
        return folder.resolve("broker.log");
    }

    @Override
    public void close() {
        if (process != null && process.isAlive()) {
            signal("CONT");
            kill();
        }
    }

    private boolean ready() {
        if (!running().isAlive()) {
            throw new IllegalStateException("the broker has ended with " + exitCode() + ": " + lastWords());
        }
        return !internal("/readyz").isEmpty();
    }

    private String lastWords() {
        try {
            List<String> lines = Files.readAllLines(log());
            return String.join("\n", lines.subList(Math.max(0, lines.size() - 5), lines.size()));
        } catch (IOException e) {
            return e.toString();
        }
    }

    /** A page of the internal listener; nothing unless it is a 200. */
    private String internal(String path) {
        try {
            var answer = http.send(
                    HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + internalPort + path))
                            .timeout(Duration.ofSeconds(10))
                            .build(),
                    BodyHandlers.ofString());
            return answer.statusCode() == 200 ? answer.body() : "";
        } catch (IOException e) {
            return "";
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private Process running() {
        Process current = process;
        if (current == null) {
            throw new IllegalStateException("not started");
        }
        return current;
    }
}
