package gptbroker.probe.check;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * A chat's server-sent events, which have no end of their own; there when {@link #begin} returns. Over a connection of its
 * own, which {@link #close} breaks.
 */
final class Hearing implements AutoCloseable {
    private static final int LONGEST_LINE = 1 << 20;

    private final HttpClient http = CheckCommand.newClient();
    private final BlockingQueue<Event> events = new LinkedBlockingQueue<>();
    private final Duration timeout;

    /**
     * One frame of the chat.
     *
     * @param id what {@code Last-Event-ID} names
     */
    record Event(String id, JsonNode frame) {
        boolean partial() {
            return frame.path("partial").asBoolean();
        }

        String reply() {
            return frame.path("message").path("reply").asText();
        }
    }

    private Hearing(Duration timeout) {
        this.timeout = timeout;
    }

    /** Begins to listen; throws {@link Mismatch} when the answer is no event stream. */
    static Hearing begin(HttpRequest request, Duration timeout) throws IOException, InterruptedException {
        var hearing = new Hearing(timeout);
        try {
            // The time is that of the head: the body goes on until it is closed.
            HttpRequest timed = HttpRequest.newBuilder(request, (name, value) -> true)
                    .timeout(timeout)
                    .build();
            HttpResponse<Stream<String>> answer = hearing.http.send(timed, BodyHandlers.ofLines());
            Mismatch.unless(answer.statusCode() == 200, "status " + answer.statusCode() + " instead of 200");
            String type = answer.headers().firstValue("Content-Type").orElse("");
            Mismatch.unless(type.startsWith("text/event-stream"), "Content-Type '" + Mismatch.shortened(type) + "'");
            Thread.ofVirtual().start(() -> hearing.hear(answer.body()));
            return hearing;
        } catch (IOException | InterruptedException | Mismatch failed) {
            hearing.close();
            throw failed;
        }
    }

    private void hear(Stream<String> lines) {
        var id = new StringBuilder();
        try {
            lines.forEach(line -> {
                if (line.startsWith("id:")) {
                    id.setLength(0);
                    id.append(line.substring("id:".length()).strip());
                } else if (line.startsWith("data:") && line.length() < LONGEST_LINE) {
                    take(id.toString(), line.substring("data:".length()));
                }
            });
        } catch (RuntimeException closed) {
            // By us, or by the broker: who waits for the last frame sees that it does not come.
        }
    }

    /** What is no JSON is no frame; it will be missed. */
    private void take(String id, String data) {
        try {
            events.add(new Event(id, Reply.json(data)));
        } catch (Mismatch noJson) {
            events.add(new Event(id, Reply.json("{\"error\":\"not JSON\"}")));
        }
    }

    /** All frames of a turn, the last one included. */
    List<Event> untilTheLast() throws InterruptedException {
        long end = System.nanoTime() + timeout.toNanos();
        List<Event> heard = new ArrayList<>();
        do {
            Event next = events.poll(end - System.nanoTime(), TimeUnit.NANOSECONDS);
            if (next == null) {
                throw new Mismatch(
                        "no last frame within %d s, after %d others".formatted(timeout.toSeconds(), heard.size()));
            }
            heard.add(next);
        } while (heard.getLast().partial());
        return heard;
    }

    @Override
    public void close() {
        http.shutdownNow();
    }
}
