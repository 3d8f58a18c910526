package gptbroker.probe.check;

import com.fasterxml.jackson.databind.JsonNode;
import com.sun.net.httpserver.HttpExchange;
import gptbroker.probe.check.FakeApi.Answer;
import gptbroker.probe.check.FakeRules.Refused;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** The chats of a {@link FakeBroker}: one at a time, which its first user owns. Thread-safe. */
final class FakeChats {
    static final String STREAM = "/chat/stream";
    private static final String JSON = "application/json; charset=utf-8";
    private static final long LISTENED_SECONDS = 10;

    private final Set<Fault> faults;
    private final List<String> messages = new ArrayList<>();
    private final List<String> frames = new ArrayList<>();
    private final List<BlockingQueue<String>> readers = new CopyOnWriteArrayList<>();
    private String chat = "";

    FakeChats(Set<Fault> faults) {
        this.faults = faults;
    }

    static boolean serves(String path) {
        return path.startsWith("/chat/");
    }

    private static Answer ok(String body, boolean costs) {
        return new Answer(200, "", JSON, body, costs);
    }

    private void requireSeat(@Nullable String id, boolean owner) {
        if (!chat.equals(id) || !owner && !faults.contains(Fault.CHAT_OPEN_TO_OTHERS)) {
            throw new Refused(404, "not_found", "{\"error\":\"Not found\"}");
        }
    }

    /** Everything but the stream. */
    synchronized Answer answer(String path, @Nullable String query, String body, boolean owner) {
        JsonNode fields = Reply.json(body.isEmpty() ? "{}" : body);
        if (path.equals("/chat/create")) {
            chat = UUID.randomUUID().toString();
            messages.clear();
            frames.clear();
            return ok(
                    "{\"id\":\"" + chat + "\",\"name\":\"" + fields.path("name").asText() + "\",\"model\":\""
                            + fields.path("model").asText() + "\"}",
                    faults.contains(Fault.CHAT_COSTS));
        }
        requireSeat(query == null ? fields.path("id").asText() : query.replaceFirst("^id=", ""), owner);
        return switch (path) {
            case "/chat/read" -> ok("{\"messages\":[" + String.join(",", messages) + "]}", false);
            case "/chat/update" -> ok("{}", false);
            case "/chat/delete" -> {
                chat = faults.contains(Fault.CHAT_STAYS) ? chat : "";
                yield ok("{}", false);
            }
            default -> prompt(fields.path("stream").asBoolean());
        };
    }

    private Answer prompt(boolean stream) {
        String id = UUID.randomUUID().toString();
        if (!stream) {
            messages.add(message(id, "hello"));
            return ok("{\"message\":" + message(id, "hello") + ",\"reply\":\"hello\"}", true);
        }
        messages.add(message(id, "one two"));
        tell(id, "", true);
        tell(id, "one ", true);
        tell(id, "two", true);
        tell(id, faults.contains(Fault.LAST_FRAME_CUT) ? "two" : "one two", false);
        return ok("{\"message\":" + message(id, "") + ",\"reply\":\"\"}", true);
    }

    private static String message(String id, String reply) {
        return "{\"id\":\"" + id + "\",\"reply\":\"" + reply + "\"}";
    }

    private void tell(String id, String reply, boolean partial) {
        String event = "id: " + (frames.size() + 1) + "\ndata: {\"message\":" + message(id, reply) + ",\"partial\":"
                + partial + "}\n\n";
        frames.add(event);
        readers.forEach(reader -> reader.add(event));
    }

    private synchronized BlockingQueue<String> reader(@Nullable String query, Optional<String> after, boolean owner) {
        requireSeat(query == null ? "" : query.replaceFirst("^id=", ""), owner);
        var reader = new LinkedBlockingQueue<String>();
        after.ifPresent(id -> reader.addAll(
                frames.subList(faults.contains(Fault.RESUMED_FROM_START) ? 0 : Integer.parseInt(id), frames.size())));
        readers.add(reader);
        return reader;
    }

    /** What is said from now on, or behind {@code Last-Event-ID}, for as long as somebody may listen. */
    void stream(HttpExchange exchange, boolean owner) throws IOException {
        Optional<String> after =
                Optional.ofNullable(exchange.getRequestHeaders().getFirst("Last-Event-ID"));
        BlockingQueue<String> reader = reader(exchange.getRequestURI().getRawQuery(), after, owner);
        exchange.getResponseHeaders().set("Content-Type", "text/event-stream");
        exchange.sendResponseHeaders(200, 0);
        try (OutputStream out = exchange.getResponseBody()) {
            String event = ": here\n\n";
            while (event != null) {
                out.write(event.getBytes(StandardCharsets.UTF_8));
                out.flush();
                event = reader.poll(LISTENED_SECONDS, TimeUnit.SECONDS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            readers.remove(reader);
        }
    }
}
