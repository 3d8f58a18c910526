package gptbroker.probe.check;

import static gptbroker.probe.check.Expect.framed;
import static gptbroker.probe.check.Expect.refusal;
import static gptbroker.probe.check.Expect.status;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** {@code /stream}: lines, events, and that they come while the model writes. */
final class StreamChecks {
    private static final String MINI = "gpt-4o-mini";

    /** An answer this slow cannot have been written within {@link #AT_ONCE}. */
    private static final Duration SLOW = Duration.ofMillis(250);

    private static final Duration AT_ONCE = Duration.ofMillis(20);

    private StreamChecks() {}

    static List<Check> all() {
        String half = "[{\"role\":\"system\"},{\"content\":\"hello\"}]";
        return List.of(
                refused("stream: no body (S3.29)", Ask.of("POST", Paths.STREAM), Refusal.MESSAGES_MISSING.eitherForm()),
                refused("stream: not JSON (S3.14)", post("{\"messages\":"), Refusal.BAD_JSON),
                refused("stream: temperature -1 (S3.29)", post(Paths.BAD_TEMPERATURE), Refusal.TEMPERATURE),
                refused("stream: messages an object (S3.29)", post(Paths.forStream("{}", MINI)), Refusal.NOT_ARRAY),
                refused("stream: no model (S3.29)", post(Paths.messages(Paths.MESSAGES)), Refusal.MODEL),
                refused("stream: unknown model (S3.29)", post(Paths.forStream(Paths.MESSAGES, "gpt-2")), Refusal.MODEL),
                refused("stream: model before messages (S3.29)", post(Paths.forStream(half, "gpt-2")), Refusal.MODEL),
                refused("stream: half messages (S3.29)", post(Paths.forStream(half, MINI)), Refusal.BAD_MESSAGE),
                refused("stream: [null] (S3.29)", post(Paths.forStream("[null]", MINI)), Refusal.BAD_MESSAGE),
                Check.user("stream: lines of JSON (S3.27, S3.43b)", StreamChecks::lines),
                Check.user("stream: server-sent events on request", StreamChecks::events),
                Check.user("stream: arrives while it is written", StreamChecks::arrives));
    }

    private static String lines(Session session) throws IOException, InterruptedException {
        Reply reply = session.call(post(Paths.forStream(Paths.MESSAGES, MINI)));
        status(reply, 200);
        framed(session, reply);
        Mismatch.unless(
                reply.contentType().startsWith("application/json"),
                "Content-Type '" + Mismatch.shortened(reply.header("Content-Type")) + "' instead of application/json");
        Mismatch.unless(reply.header("Cache-Control").contains("no-cache"), "Cache-Control lacks no-cache");
        List<String> lines = linesOf(reply.text());
        for (String line : lines) {
            JsonNode json = Reply.json(line);
            Mismatch.unless(
                    json.size() == 1 && json.path("data").isTextual(), "not {\"data\":…}: " + Mismatch.shortened(line));
            Mismatch.unless(!json.path("data").asText().isEmpty(), "an empty delta");
        }
        return lines.size() + " lines; " + LimitChecks.consistent(reply);
    }

    private static List<String> linesOf(String body) {
        Mismatch.unless(!body.isEmpty(), "the answer is empty");
        Mismatch.unless(body.endsWith("\n"), "the last line does not end");
        return List.of(body.substring(0, body.length() - 1).split("\n", -1));
    }

    private static String events(Session session) throws IOException, InterruptedException {
        Reply reply = session.call(post(Paths.forStream(Paths.MESSAGES, MINI)).with("Accept", "text/event-stream"));
        status(reply, 200);
        framed(session, reply);
        Mismatch.unless(
                reply.contentType().startsWith("text/event-stream"),
                "Content-Type '" + Mismatch.shortened(reply.header("Content-Type")) + "' instead of text/event-stream");
        List<String> events = eventsOf(reply.text());
        Mismatch.unless(!events.isEmpty() && events.getLast().equals("[DONE]"), "does not end with [DONE]");
        Mismatch.unless(events.size() > 1, "no event before [DONE]");
        for (String event : events.subList(0, events.size() - 1)) {
            JsonNode json = Reply.json(event);
            Mismatch.unless(json.isObject() && !json.has("error"), "event " + Mismatch.shortened(event));
        }
        return events.size() + " events; " + LimitChecks.consistent(reply);
    }

    /** The data of each event; comments (heartbeats) and other fields do not count. */
    static List<String> eventsOf(String body) {
        String normal = body.replace("\r\n", "\n");
        Mismatch.unless(normal.endsWith("\n\n"), "the last event does not end");
        List<String> events = new ArrayList<>();
        for (String block : normal.split("\n\n")) {
            List<String> data = block.lines()
                    .filter(line -> line.startsWith("data:"))
                    .map(line -> line.substring("data:".length()).replaceFirst("^ ", ""))
                    .toList();
            if (!data.isEmpty()) {
                events.add(String.join("\n", data));
            }
        }
        return events;
    }

    /** Once more where it came at once: that is how it looks, too, to a client whose machine stood still meanwhile. */
    private static String arrives(Session session) throws IOException, InterruptedException {
        Reply reply = longAnswer(session);
        return arrived(cameAtOnce(reply) ? longAnswer(session) : reply);
    }

    private static Reply longAnswer(Session session) throws IOException, InterruptedException {
        Reply reply = session.call(post(Paths.forStream(Paths.LONG_MESSAGES, MINI)));
        status(reply, 200);
        return reply;
    }

    private static boolean cameAtOnce(Reply reply) {
        return !reply.has("Content-Length")
                && (reply.body().pieces() == 1 || reply.body().spread().compareTo(AT_ONCE) < 0);
    }

    private static String arrived(Reply reply) {
        int lines = linesOf(reply.text()).size();
        if (lines == 1) {
            throw new Skipped("the answer is a single line");
        }
        Arrivals body = reply.body();
        Mismatch.unless(!reply.has("Content-Length"), "a Content-Length: the whole answer was held back");
        boolean slow = reply.took().compareTo(SLOW) >= 0;
        if (!slow && body.pieces() == 1) {
            throw new Skipped("the model was too fast to tell");
        }
        Mismatch.unless(
                !slow || body.spread().compareTo(AT_ONCE) >= 0,
                "%d lines came at once after %d ms"
                        .formatted(lines, reply.took().toMillis()));
        return "%d pieces over %d ms".formatted(body.pieces(), body.spread().toMillis());
    }

    private static Ask post(String body) {
        return Ask.post(Paths.STREAM, body);
    }

    private static Check refused(String name, Ask ask, Refusal refusal) {
        return Check.user(name, session -> refusal(session, session.call(ask), refusal));
    }
}
