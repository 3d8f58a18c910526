package gptbroker.probe.check;

import static gptbroker.probe.check.Expect.framed;
import static gptbroker.probe.check.Expect.status;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import gptbroker.probe.check.Hearing.Event;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/**
 * Chats: one is made, prompted twice, heard live and deleted. The checks of one run build on each other, so each run has
 * its own.
 */
final class ChatChecks {
    private static final String MISSING = "there is no chat to check";

    private String chat = "";
    private final List<String> replies = new ArrayList<>();
    private List<Event> heard = List.of();

    private ChatChecks() {}

    static List<Check> all() {
        var checks = new ChatChecks();
        return List.of(
                Check.anyone("chats: nobody", ChatChecks::nobody),
                Check.user("chats: one is made (S1.30)", checks::create),
                Check.user("chats: a prompt is answered (S1.38)", checks::prompt),
                Check.user("chats: a streamed prompt is heard live (S1.43)", checks::live),
                Check.user("chats: Last-Event-ID goes on behind that frame", checks::resume),
                Check.user("chats: what was said can be read", checks::read),
                Check.user("chats: an id that nobody has is 404", checks::unknown),
                Check.user("chats: another user's is 404, whatever is asked of it", checks::foreign),
                Check.user("chats: it is deleted", checks::delete));
    }

    private static Ask post(String path, Object... namesAndValues) {
        ObjectNode body = JsonNodeFactory.instance.objectNode();
        for (int i = 0; i < namesAndValues.length; i += 2) {
            body.putPOJO((String) namesAndValues[i], namesAndValues[i + 1]);
        }
        return Ask.post(path, body.toString());
    }

    private static JsonNode ok(Session session, Reply reply) {
        status(reply, 200);
        framed(session, reply);
        Expect.type(reply, "application/json;charset=utf-8");
        return reply.json();
    }

    private static String refused(Session session, Reply reply, int expected, String code) {
        status(reply, expected);
        framed(session, reply);
        String told = reply.header("X-Error-Code");
        Mismatch.unless(told.equals(code), "X-Error-Code '" + Mismatch.shortened(told) + "' instead of " + code);
        Mismatch.unless(reply.json().path("error").isTextual(), "no 'error'");
        return expected + " " + code;
    }

    private static String nobody(Session session) throws IOException, InterruptedException {
        Reply reply = session.send(post("/chat/index"));
        if (reply.status() == 404) {
            throw new Skipped("this broker has no chats");
        }
        return refused(session, reply, 401, "authorization_missing");
    }

    private String create(Session session) throws IOException, InterruptedException {
        Reply reply = session.look(post("/chat/create", "name", "test-broker", "model", "gpt-4o-mini"));
        if (reply.status() == 404) {
            throw new Skipped("this broker has no chats");
        }
        JsonNode made = ok(session, reply);
        chat = made.path("id").asText();
        Mismatch.unless(!chat.isEmpty(), "no 'id'");
        Mismatch.unless(made.path("name").asText().equals("test-broker"), "another 'name'");
        Mismatch.unless(made.path("model").asText().equals("gpt-4o-mini"), "another 'model'");
        return made.path("model").asText();
    }

    private void requireChat() {
        if (chat.isEmpty()) {
            throw new Skipped(MISSING);
        }
    }

    private String prompt(Session session) throws IOException, InterruptedException {
        requireChat();
        Reply reply = session.call(post("/chat/prompt", "id", chat, "prompt", "Say hello."));
        String said = ok(session, reply).path("reply").asText();
        Mismatch.unless(!said.isBlank(), "the reply is empty");
        replies.add(said);
        return said.length() + " characters; " + LimitChecks.consistent(reply);
    }

    private String live(Session session) throws IOException, InterruptedException {
        requireChat();
        try (Hearing hearing = session.hear(Ask.get("/chat/stream?id=" + chat))) {
            Reply reply =
                    session.call(post("/chat/prompt", "id", chat, "prompt", "Count from 1 to 20.", "stream", true));
            String message = ok(session, reply).path("message").path("id").asText();
            List<Event> frames = hearing.untilTheLast();
            Event last = frames.getLast();
            Mismatch.unless(!last.frame().has("error"), "the last frame has an error");
            Mismatch.unless(frames.stream().allMatch(each -> of(each).equals(message)), "frames of another message");
            Mismatch.unless(frames.size() > 1 && frames.getFirst().reply().isEmpty(), "the first frame is not empty");
            String pieces =
                    frames.stream().filter(Event::partial).map(Event::reply).reduce("", String::concat);
            Mismatch.unless(!last.reply().isBlank(), "the last frame has no reply");
            Mismatch.unless(pieces.equals(last.reply()), "the pieces are not the whole");
            replies.add(last.reply());
            heard = frames;
            return frames.size() + " frames";
        }
    }

    private static String of(Event event) {
        return event.frame().path("message").path("id").asText();
    }

    private String resume(Session session) throws IOException, InterruptedException {
        if (heard.isEmpty()) {
            throw new Skipped("nothing was heard before");
        }
        Ask ask = Ask.get("/chat/stream?id=" + chat)
                .with("Last-Event-ID", heard.getFirst().id());
        try (Hearing hearing = session.hear(ask)) {
            List<Event> rest = hearing.untilTheLast();
            Mismatch.unless(rest.equals(heard.subList(1, heard.size())), "not the frames behind that one");
            return rest.size() + " of " + heard.size() + " frames";
        }
    }

    private String read(Session session) throws IOException, InterruptedException {
        requireChat();
        JsonNode messages =
                ok(session, session.look(Ask.get("/chat/read?id=" + chat))).path("messages");
        List<String> said = new ArrayList<>();
        messages.forEach(message -> said.add(message.path("reply").asText()));
        Mismatch.unless(said.size() == replies.size(), said.size() + " messages instead of " + replies.size());
        Mismatch.unless(said.containsAll(replies), "other replies than were given");
        return said.size() + " messages";
    }

    private String unknown(Session session) throws IOException, InterruptedException {
        requireChat();
        Ask ask = post("/chat/prompt", "id", UUID.randomUUID().toString(), "prompt", "x");
        return refused(session, session.look(ask), 404, "not_found");
    }

    /** Asked with the second user's token, so that it would be told on the other one's account if it were answered. */
    private String foreign(Session session) throws IOException, InterruptedException {
        requireChat();
        if (session.other().isEmpty()) {
            throw new Skipped("no second user in the env file, or no sign-in");
        }
        List<Ask> asks = List.of(
                Ask.get("/chat/read?id=" + chat),
                Ask.get("/chat/stream?id=" + chat),
                post("/chat/prompt", "id", chat, "prompt", "x", "otr", true),
                post("/chat/update", "id", chat, "name", "x"),
                post("/chat/delete", "id", chat));
        String detail = "";
        for (Ask ask : asks) {
            Reply reply = session.send(ask.bearer(session.other().get()));
            detail = refused(session, reply, 404, "not_found");
        }
        return asks.size() + " × " + detail;
    }

    private String delete(Session session) throws IOException, InterruptedException {
        requireChat();
        ok(session, session.look(post("/chat/delete", "id", chat)));
        return refused(session, session.look(Ask.get("/chat/read?id=" + chat)), 404, "not_found");
    }
}
