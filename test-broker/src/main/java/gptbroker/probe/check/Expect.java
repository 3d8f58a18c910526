package gptbroker.probe.check;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.Locale;

/** What each answer must be like. Every method throws {@link Mismatch}. */
final class Expect {
    private Expect() {}

    static void status(Reply reply, int status) {
        if (reply.status() != status) {
            String code = reply.header("X-Error-Code");
            throw new Mismatch("status %d instead of %d%s: %s"
                    .formatted(
                            reply.status(),
                            status,
                            code.isEmpty() ? "" : " (" + code + ")",
                            Mismatch.shortened(reply.text())));
        }
    }

    /** Readable from the frontend's origin (S3.6), and traceable. */
    static void framed(Session session, Reply reply) {
        String allowed = reply.header("Access-Control-Allow-Origin");
        Mismatch.unless(
                allowed.equals("*") || allowed.equals(session.origin()),
                "Access-Control-Allow-Origin is '" + Mismatch.shortened(allowed) + "' on a " + reply.status());
        Mismatch.unless(!reply.header("X-Request-Id").isBlank(), "no X-Request-Id on a " + reply.status());
    }

    /** A refusal whose body is one of {@code bodies}, to the byte. */
    static String refusal(Session session, Reply reply, Refusal refusal) {
        status(reply, refusal.status());
        Mismatch.unless(
                refusal.bodies().contains(reply.text()),
                "body " + Mismatch.shortened(reply.text()) + " instead of "
                        + refusal.bodies().getFirst());
        Mismatch.unless(
                reply.contentType().equals("application/json;charset=utf-8"),
                "Content-Type '" + Mismatch.shortened(reply.header("Content-Type")) + "'");
        String code = reply.header("X-Error-Code");
        Mismatch.unless(
                refusal.codes().contains(code),
                "X-Error-Code '" + Mismatch.shortened(code) + "' instead of "
                        + refusal.codes().getFirst());
        framed(session, reply);
        return refusal.status() + " " + code;
    }

    /** A plain text answer of the model, trimmed and not empty. */
    static String text(Session session, Reply reply) {
        status(reply, 200);
        type(reply, "text/plain;charset=utf-8");
        framed(session, reply);
        Mismatch.unless(!reply.text().isBlank(), "the answer is empty");
        Mismatch.unless(reply.text().equals(reply.text().strip()), "the answer is not trimmed");
        return reply.body().bytes().length + " bytes";
    }

    /** A JSON answer of the model: {@code {"message": "…"}} and nothing else. */
    static String message(Session session, Reply reply) {
        status(reply, 200);
        type(reply, "application/json;charset=utf-8");
        framed(session, reply);
        JsonNode json = reply.json();
        Mismatch.unless(json.isObject() && json.size() == 1, "not an object with one key");
        JsonNode message = json.path("message");
        Mismatch.unless(message.isTextual(), "'message' is not a string");
        Mismatch.unless(!message.asText().isBlank(), "the answer is empty");
        return message.asText().length() + " characters";
    }

    static void type(Reply reply, String type) {
        Mismatch.unless(
                reply.contentType().equals(type),
                "Content-Type '" + Mismatch.shortened(reply.header("Content-Type")) + "' instead of " + type);
    }

    /** A header that lists names, compared without case. */
    static void lists(Reply reply, String header, List<String> names) {
        List<String> present =
                List.of(reply.header(header).toLowerCase(Locale.ROOT).split("\\s*,\\s*"));
        for (String name : names) {
            Mismatch.unless(
                    present.contains("*") || present.contains(name.toLowerCase(Locale.ROOT)),
                    header + " lacks " + name);
        }
    }
}
