package gptbroker.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * Reads an event stream of the broker, and goes on behind the last event when the connection breaks or falls silent. For
 * one thread; an interrupt ends it.
 */
final class Follower {
    /** The broker says something every 15 s. */
    private static final Duration SILENCE = Duration.ofSeconds(60);

    private static final Duration PAUSE = Duration.ofSeconds(2);
    private static final int ATTEMPTS = 30;
    private static final int MOST_WAITING = 1_000;
    private static final ObjectMapper JSON = new ObjectMapper();

    /** Is told what comes. */
    interface Ear {
        /** One event; false when that was enough. */
        boolean heard(JsonNode event);

        /** Events are missing here. */
        void gap();
    }

    private final AdminClient client;
    private final String path;
    private final Ear ear;
    private String last = "";
    private String name = "";

    Follower(AdminClient client, String path, Ear ear) {
        this.client = client;
        this.path = path;
        this.ear = ear;
    }

    /**
     * Follows until the ear has had enough.
     *
     * @throws AdminFailure when the broker cannot be reached or refuses, once it had been reached for a minute long
     */
    void run() throws AdminFailure, InterruptedException {
        Stream<String> lines = client.lines(path, last);
        while (listen(lines)) {
            lines = again();
        }
    }

    private Stream<String> again() throws AdminFailure, InterruptedException {
        for (int attempt = 1; ; attempt++) {
            Thread.sleep(PAUSE);
            try {
                return client.lines(path, last);
            } catch (AdminFailure failure) {
                if (attempt == ATTEMPTS || Thread.currentThread().isInterrupted()) {
                    throw failure;
                }
            }
        }
    }

    /** Whether there is to be more when the stream has ended. */
    private boolean listen(Stream<String> lines) throws InterruptedException {
        BlockingQueue<Optional<String>> queue = new LinkedBlockingQueue<>(MOST_WAITING);
        Thread reader = Thread.ofVirtual().start(() -> read(lines, queue));
        try (lines) {
            while (true) {
                Optional<String> line = queue.poll(SILENCE.toSeconds(), TimeUnit.SECONDS);
                if (line == null || line.isEmpty()) {
                    return true;
                }
                if (!take(line.get())) {
                    return false;
                }
            }
        } finally {
            reader.interrupt();
        }
    }

    /** So that silence can be noticed; empty means the end. */
    private static void read(Stream<String> lines, BlockingQueue<Optional<String>> queue) {
        try {
            try {
                var all = lines.iterator();
                while (all.hasNext()) {
                    queue.put(Optional.of(all.next()));
                }
            } catch (UncheckedIOException | IllegalStateException broken) {
                // Which is one way to end.
            }
            queue.put(Optional.empty());
        } catch (InterruptedException nobodyListens) {
            Thread.currentThread().interrupt();
        }
    }

    private boolean take(String line) {
        int colon = line.indexOf(": ");
        String value = colon < 0 ? "" : line.substring(colon + 2);
        switch (colon < 0 ? "" : line.substring(0, colon)) {
            case "id" -> last = value;
            case "event" -> name = value;
            case "data" -> {
                if (!name.equals("gap")) {
                    return ear.heard(parsed(value));
                }
                ear.gap();
            }
            default -> name = line.isEmpty() ? "" : name;
        }
        return true;
    }

    private static JsonNode parsed(String text) {
        try {
            return JSON.readTree(text);
        } catch (JsonProcessingException e) {
            return JSON.getNodeFactory().textNode(text);
        }
    }
}
