package gptbroker.probe.check;

import static gptbroker.probe.check.Expect.framed;
import static gptbroker.probe.check.Expect.refusal;
import static gptbroker.probe.check.Expect.status;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** What holds before anyone signs in: health, unknown paths, framing, the closed operator's routes. */
final class OpenChecks {
    /** Never to be served on the public port. */
    private static final List<Ask> OPS = List.of(
            Ask.get("/metrics"),
            Ask.get("/metrics/"),
            Ask.get("/METRICS"),
            Ask.get("/livez"),
            Ask.get("/readyz"),
            Ask.get("/stats"),
            Ask.get("/admin"),
            Ask.get("/admin/users"),
            Ask.get("/docs"),
            Ask.get("/openapi.json"),
            Ask.of("DELETE", "/cache"));

    /** Odd spellings: 404, or 400 where the path itself is wrong. */
    private static final List<Ask> ODD_OPS = List.of(
            Ask.get("//metrics"),
            Ask.get("/x/../metrics"),
            Ask.get("/%2e%2e/metrics"),
            Ask.get("/metrics;a=b"),
            Ask.get("/metrics%00"),
            Ask.get("/x%2f..%2fmetrics"));

    private static final int OVER_THE_LIMIT = (1 << 20) + 1024;

    private OpenChecks() {}

    static List<Check> all() {
        return List.of(
                Check.anyone("health: GET answers OK (S3.16)", OpenChecks::health),
                Check.anyone("health: HEAD, /HEALTH/ (S3.15)", OpenChecks::healthOtherwise),
                Check.anyone("request id: on every answer, never twice", OpenChecks::requestIds),
                Check.anyone(
                        "404: unknown path (S3.31)", s -> refusal(s, s.send(Ask.get("/nowhere")), Refusal.NOT_FOUND)),
                Check.anyone("404: operator's routes on the public port", OpenChecks::opsRoutes),
                Check.anyone("404: odd spellings of operator's routes", OpenChecks::oddOpsRoutes),
                Check.user("405: POST where GET belongs (S3.31)", s -> wrongMethod(s, "POST", Paths.SIMPLE, "GET")),
                Check.user("405: GET where POST belongs (S3.31)", s -> wrongMethod(s, "GET", Paths.V2, "POST")),
                Check.anyone("501: unknown method (S3.31)", OpenChecks::unknownMethod),
                Check.user("411: chunked request body", OpenChecks::chunked),
                Check.user("413: body over 1 MiB (S3.14)", OpenChecks::tooLarge));
    }

    private static String health(Session session) throws IOException, InterruptedException {
        Reply reply = session.send(Ask.get(Paths.HEALTH));
        status(reply, 200);
        Mismatch.unless(reply.text().equals("OK"), "body " + Mismatch.shortened(reply.text()) + " instead of OK");
        Expect.type(reply, "text/plain;charset=utf-8");
        framed(session, reply);
        return "OK";
    }

    private static String healthOtherwise(Session session) throws IOException, InterruptedException {
        Reply head = session.send(Ask.of("HEAD", Paths.HEALTH));
        status(head, 200);
        Mismatch.unless(head.body().pieces() == 0, "HEAD was answered with a body");
        status(session.send(Ask.get("/HEALTH/")), 200);
        return "200, 200";
    }

    private static String requestIds(Session session) throws IOException, InterruptedException {
        Reply first = session.send(Ask.get(Paths.HEALTH));
        Reply second = session.send(Ask.get("/nowhere"));
        framed(session, first);
        framed(session, second);
        Mismatch.unless(
                !first.header("X-Request-Id").equals(second.header("X-Request-Id")), "two answers, one X-Request-Id");
        return "2 ids";
    }

    private static String opsRoutes(Session session) throws IOException, InterruptedException {
        List<String> open = new ArrayList<>();
        for (Ask ask : OPS) {
            Reply reply = session.send(ask);
            if (reply.status() != 404 || !Refusal.NOT_FOUND.bodies().contains(reply.text())) {
                open.add(ask.label() + " " + reply.status());
            }
        }
        Mismatch.unless(open.isEmpty(), "not hidden: " + String.join(", ", open));
        return OPS.size() + " hidden";
    }

    private static String oddOpsRoutes(Session session) throws IOException, InterruptedException {
        List<String> open = new ArrayList<>();
        for (Ask ask : ODD_OPS) {
            int status = session.send(ask).status();
            if (status != 404 && status != 400) {
                open.add(ask.label() + " " + status);
            }
        }
        Mismatch.unless(open.isEmpty(), "not hidden: " + String.join(", ", open));
        return ODD_OPS.size() + " hidden";
    }

    private static String wrongMethod(Session session, String method, String path, String allowed)
            throws IOException, InterruptedException {
        Reply reply = session.call(Ask.of(method, path));
        String detail = refusal(session, reply, Refusal.WRONG_METHOD);
        Expect.lists(reply, "Allow", List.of(allowed));
        return detail + ", Allow: " + reply.header("Allow");
    }

    private static String unknownMethod(Session session) throws IOException, InterruptedException {
        Reply reply = session.send(Ask.of("BREW", Paths.SIMPLE));
        return refusal(session, reply, Refusal.UNKNOWN_METHOD);
    }

    private static String chunked(Session session) throws IOException, InterruptedException {
        Reply reply =
                session.callAlone(Ask.post(Paths.V2, Paths.BAD_TEMPERATURE).inChunks());
        if (reply.status() == 400 && reply.has("Server")) {
            // An edge in front, such as nginx, names itself and has given the body a length.
            return refusal(session, reply, Refusal.TEMPERATURE) + " (an edge buffers the chunks)";
        }
        return refusal(session, reply, Refusal.NO_LENGTH);
    }

    private static String tooLarge(Session session) throws IOException, InterruptedException {
        // Its temperature is wrong, so that a broker with a higher limit refuses it unpaid.
        String body = "{\"temperature\":-1,\"messages\":[{\"role\":\"user\",\"content\":\"" + "a".repeat(OVER_THE_LIMIT)
                + "\"}]}";
        return refusal(session, session.callAlone(Ask.post(Paths.V2, body)), Refusal.TOO_LARGE);
    }
}
