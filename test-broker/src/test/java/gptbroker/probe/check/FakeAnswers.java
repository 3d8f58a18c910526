package gptbroker.probe.check;

import com.sun.net.httpserver.HttpExchange;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;

/** What the {@link FakeBroker}'s five endpoints answer when all is well. */
record FakeAnswers(Set<Fault> faults, boolean late) {
    /** A model writes slowly enough for a client on a busy machine to see that its pieces do not come at once. */
    private static final Duration WRITING = Duration.ofMillis(15);

    private static final Duration LATE = Duration.ofMillis(300);

    void succeed(HttpExchange exchange, String path) throws IOException {
        switch (path) {
            case Paths.SIMPLE, Paths.ADVANCED -> send(exchange, 200, "text/plain; charset=utf-8", "Hello there!");
            case Paths.STREAM -> stream(exchange);
            default -> {
                boolean empty = faults.contains(Fault.EMPTY_ANSWER);
                send(
                        exchange,
                        200,
                        "application/json; charset=utf-8",
                        "{\"message\":\"" + (empty ? "" : "Hello") + "\"}");
            }
        }
    }

    private void stream(HttpExchange exchange) throws IOException {
        String accept = exchange.getRequestHeaders().getFirst("Accept");
        boolean events = accept != null && accept.contains("text/event-stream");
        String end = events ? "\n\n" : "\n";
        List<String> pieces = List.of("one", "two", "three").stream()
                .map(word -> (events ? "data: " : "") + "{\"data\":\"" + word + "\"}" + end)
                .toList();
        String last = events && !faults.contains(Fault.NO_DONE) ? "data: [DONE]\n\n" : "";
        if (!events && faults.contains(Fault.STREAM_FAILED)) {
            last = "{\"error\":\"Error while streaming\"}\n";
        }
        exchange.getResponseHeaders().set("Cache-Control", "no-cache");
        String type = events ? "text/event-stream; charset=utf-8" : "application/json";
        if (faults.contains(Fault.STREAM_HELD_BACK)) {
            send(exchange, 200, type, String.join("", pieces) + last);
            return;
        }
        exchange.getResponseHeaders().set("Content-Type", type);
        exchange.sendResponseHeaders(200, 0);
        try (OutputStream out = exchange.getResponseBody()) {
            if (late) {
                LockSupport.parkNanos(LATE.toNanos());
                out.write((String.join("", pieces) + last).getBytes(StandardCharsets.UTF_8));
                return;
            }
            for (String piece : pieces) {
                out.write(piece.getBytes(StandardCharsets.UTF_8));
                out.flush();
                LockSupport.parkNanos(WRITING.toNanos());
            }
            out.write(last.getBytes(StandardCharsets.UTF_8));
        }
    }

    static void send(HttpExchange exchange, int status, String type, String body) throws IOException {
        byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders().set("Content-Type", type);
        boolean head = exchange.getRequestMethod().equals("HEAD");
        exchange.sendResponseHeaders(status, head ? -1 : bytes.length);
        if (!head) {
            exchange.getResponseBody().write(bytes);
        }
        exchange.close();
    }
}
