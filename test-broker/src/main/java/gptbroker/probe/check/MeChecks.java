package gptbroker.probe.check;

import static gptbroker.probe.check.Expect.framed;
import static gptbroker.probe.check.Expect.refusal;
import static gptbroker.probe.check.Expect.status;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.util.List;

/** {@code /me}: what users see of themselves, for nothing. What erases is not asked for. */
final class MeChecks {
    private static final String JSON = "application/json;charset=utf-8";

    private MeChecks() {}

    static List<Check> all() {
        return List.of(
                Check.anyone("me: nobody", s -> refusal(s, s.send(Ask.get("/me")), Refusal.NO_AUTHORIZATION)),
                Check.user("me: id, tier and expiry of the token", MeChecks::account),
                Check.user("me: limits say what the headers say", MeChecks::limits),
                Check.user("me: usage of today", MeChecks::usage),
                Check.user("me: usage of 0 days is refused", s -> parameter(s, "/me/usage?days=0")),
                Check.user("me: a page of the history", MeChecks::history),
                Check.user("me: history before nonsense is refused", s -> parameter(s, "/me/history?before=x")),
                Check.user("me: the export begins", MeChecks::export));
    }

    private static JsonNode json(Session session, String path) throws IOException, InterruptedException {
        Reply reply = session.look(Ask.get(path));
        status(reply, 200);
        framed(session, reply);
        Expect.type(reply, JSON);
        return reply.json();
    }

    private static String account(Session session) throws IOException, InterruptedException {
        JsonNode me = json(session, "/me");
        Mismatch.unless(me.path("id").asText().length() == 36, "'id' is no user id");
        Mismatch.unless(!me.path("tier").asText().isEmpty(), "no 'tier'");
        Mismatch.unless(me.path("anonymous").isBoolean(), "'anonymous' is not a boolean");
        Mismatch.unless(me.path("expires_at").isTextual(), "no 'expires_at'");
        return "tier " + Mismatch.shortened(me.path("tier").asText());
    }

    private static String limits(Session session) throws IOException, InterruptedException {
        Reply reply = session.look(Ask.get("/me/limits"));
        status(reply, 200);
        framed(session, reply);
        JsonNode day = reply.json().path("day");
        Mismatch.unless(!day.isMissingNode(), "no 'day'");
        if (day.isNull()) {
            throw new Skipped("this user is exempt from the day");
        }
        String detail = LimitChecks.consistent(reply);
        long told = Allowance.of(reply).orElseThrow().remaining();
        Mismatch.unless(
                day.path("remaining").asLong(-1) == told,
                "'remaining' is " + day.path("remaining") + ", RateLimit says " + told);
        return detail;
    }

    private static String usage(Session session) throws IOException, InterruptedException {
        JsonNode days = json(session, "/me/usage?days=1").path("days");
        Mismatch.unless(days.isArray() && days.size() <= 1, "'days' is not a list of one day");
        return days.isEmpty() ? "nothing yet" : days.path(0).path("calls").asText() + " calls";
    }

    private static String history(Session session) throws IOException, InterruptedException {
        JsonNode page = json(session, "/me/history?limit=1");
        JsonNode exchanges = page.path("exchanges");
        Mismatch.unless(exchanges.isArray() && exchanges.size() <= 1, "'exchanges' is not a list of one");
        Mismatch.unless(page.has("next"), "no 'next'");
        return exchanges.isEmpty() ? "nothing yet" : "one exchange";
    }

    /** Its head alone: it may be long. */
    private static String export(Session session) throws IOException, InterruptedException {
        Reply reply = session.look(Ask.of("HEAD", "/me/export"));
        status(reply, 200);
        Expect.type(reply, "application/x-ndjson;charset=utf-8");
        return "200";
    }

    private static String parameter(Session session, String target) throws IOException, InterruptedException {
        Reply reply = session.look(Ask.get(target));
        status(reply, 400);
        framed(session, reply);
        Mismatch.unless(
                reply.header("X-Error-Code").equals("parameter_invalid"),
                "X-Error-Code '" + Mismatch.shortened(reply.header("X-Error-Code")) + "'");
        return "400 parameter_invalid";
    }
}
