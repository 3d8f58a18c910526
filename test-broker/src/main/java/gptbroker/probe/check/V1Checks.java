package gptbroker.probe.check;

import static gptbroker.probe.check.Expect.framed;
import static gptbroker.probe.check.Expect.status;

import com.fasterxml.jackson.databind.JsonNode;
import gptbroker.probe.tenant.Secret;
import java.io.IOException;
import java.util.List;

/** {@code /v1}: OpenAI's own API with a user's token, and OpenAI's errors. */
final class V1Checks {
    private static final String CHAT = "/v1/chat/completions";
    private static final String QUESTION = "{\"model\":\"gpt-4o-mini\",\"messages\":" + Paths.MESSAGES;
    private static final String DONE = "data: [DONE]\n\n";

    private V1Checks() {}

    static List<Check> all() {
        return List.of(
                Check.anyone("v1: nobody (S1.10)", s -> refused(s, s.send(Ask.get("/v1/models")), 401)),
                Check.anyone("v1: a bad token is not sent on", V1Checks::badToken),
                Check.user("v1: not JSON", V1Checks::badJson),
                Check.user("v1: a chat completion (S1.8)", V1Checks::chat),
                Check.user("v1: a stream, to its [DONE] (S1.9)", V1Checks::stream),
                Check.user("v1: models", V1Checks::models),
                Check.user("v1: embeddings", V1Checks::embeddings));
    }

    /** An error in OpenAI's envelope, readable from the frontend's origin. */
    private static String refused(Session session, Reply reply, int expected) {
        status(reply, expected);
        framed(session, reply);
        JsonNode error = reply.json().path("error");
        for (String field : List.of("message", "type", "code")) {
            Mismatch.unless(error.path(field).isTextual(), "no error." + field);
        }
        Mismatch.unless(error.has("param"), "no error.param");
        return expected + " " + Mismatch.shortened(error.path("code").asText());
    }

    private static String badToken(Session session) throws IOException, InterruptedException {
        Reply reply = session.send(Ask.post(CHAT, QUESTION + "}").bearer(new Secret("a.b.c")));
        return refused(session, reply, 401);
    }

    private static String badJson(Session session) throws IOException, InterruptedException {
        Reply reply = session.call(Ask.post(CHAT, "{\"model\":"));
        requireOpen(reply);
        return refused(session, reply, 400);
    }

    /** A user's call, past any cache, so that it costs a unit each time. */
    private static Reply call(Session session, Ask ask) throws IOException, InterruptedException {
        Reply reply = session.call(ask.with("Cache-Control", "no-cache"));
        requireOpen(reply);
        return reply;
    }

    private static void requireOpen(Reply reply) {
        if (reply.status() == 403 && reply.header("X-Error-Code").equals("access_denied")) {
            throw new Skipped("users may not use /v1 here");
        }
    }

    private static String chat(Session session) throws IOException, InterruptedException {
        Reply reply = call(session, Ask.post(CHAT, QUESTION + "}"));
        status(reply, 200);
        framed(session, reply);
        JsonNode said = reply.json().path("choices").path(0).path("message").path("content");
        Mismatch.unless(!said.asText().isBlank(), "the answer is empty");
        return said.asText().length() + " characters; " + LimitChecks.consistent(reply);
    }

    private static String stream(Session session) throws IOException, InterruptedException {
        Reply reply = call(session, Ask.post(CHAT, QUESTION + ",\"stream\":true}"));
        status(reply, 200);
        framed(session, reply);
        Mismatch.unless(
                reply.contentType().startsWith("text/event-stream"),
                "Content-Type '" + Mismatch.shortened(reply.header("Content-Type")) + "'");
        String text = reply.text().replace("\r\n", "\n");
        Mismatch.unless(text.endsWith(DONE), "does not end with [DONE]");
        int events = 0;
        for (String event : text.substring(0, text.length() - DONE.length()).split("\n\n")) {
            if (event.startsWith("data: ")) {
                JsonNode choices =
                        Reply.json(event.substring("data: ".length())).path("choices");
                Mismatch.unless(!choices.isEmpty(), "usage that nobody asked for");
                events++;
            }
        }
        Mismatch.unless(events > 0, "the answer is empty");
        return events + " events; " + LimitChecks.consistent(reply);
    }

    private static String models(Session session) throws IOException, InterruptedException {
        Reply reply = call(session, Ask.get("/v1/models"));
        requireOffered(reply);
        status(reply, 200);
        JsonNode models = reply.json().path("data");
        Mismatch.unless(models.isArray(), "'data' is not a list");
        return models.size() + " models";
    }

    private static String embeddings(Session session) throws IOException, InterruptedException {
        Ask ask = Ask.post("/v1/embeddings", "{\"model\":\"text-embedding-3-small\",\"input\":\"hello\"}");
        Reply reply = call(session, ask);
        requireOffered(reply);
        status(reply, 200);
        JsonNode embedding = reply.json().path("data").path(0).path("embedding");
        Mismatch.unless(!embedding.isMissingNode(), "no 'embedding'");
        return "an embedding";
    }

    private static void requireOffered(Reply reply) {
        if (reply.header("X-Error-Code").equals("upstream_rejected")) {
            throw new Skipped("the provider refuses it: " + reply.status());
        }
    }
}
