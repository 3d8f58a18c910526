package gptbroker.probe.check;

import static gptbroker.probe.check.Expect.framed;
import static gptbroker.probe.check.Expect.refusal;
import static gptbroker.probe.check.Expect.status;

import java.io.IOException;
import java.util.List;

/** What a browser needs before it lets a frontend call us and read the answer (S3.6-S3.8). */
final class CorsChecks {
    /** What supabase-js and fetch send. */
    private static final List<String> SENT =
            List.of("authorization", "apikey", "content-type", "x-client-info", "x-supabase-api-version");

    private static final List<String> READ = List.of(
            "X-Request-Id",
            "RateLimit",
            "RateLimit-Policy",
            "X-RateLimit-Limit",
            "X-RateLimit-Remaining",
            "X-RateLimit-Reset",
            "Retry-After");

    private CorsChecks() {}

    static List<Check> all() {
        return List.of(
                Check.anyone("cors: preflight of a POST (S3.7)", s -> preflight(s, Paths.V2, "POST")),
                Check.anyone("cors: preflight of a GET (S3.7)", s -> preflight(s, Paths.SIMPLE, "GET")),
                Check.anyone("cors: preflight of an unknown path (S3.7)", s -> preflight(s, "/nowhere", "POST")),
                Check.anyone("cors: plain OPTIONS tells the methods (S3.8)", CorsChecks::options),
                Check.anyone("cors: plain OPTIONS of an unknown path (S3.8)", CorsChecks::optionsNowhere),
                Check.anyone("cors: errors are readable (S3.6)", CorsChecks::errors));
    }

    private static String preflight(Session session, String path, String method)
            throws IOException, InterruptedException {
        Reply reply = session.send(Ask.of("OPTIONS", path)
                .with("Access-Control-Request-Method", method)
                .with("Access-Control-Request-Headers", String.join(",", SENT)));
        status(reply, 204);
        framed(session, reply);
        Expect.lists(reply, "Access-Control-Allow-Methods", List.of(method));
        Expect.lists(reply, "Access-Control-Allow-Headers", SENT);
        return "204, origin " + reply.header("Access-Control-Allow-Origin");
    }

    private static String options(Session session) throws IOException, InterruptedException {
        Reply reply = session.send(Ask.of("OPTIONS", Paths.V2));
        status(reply, 200);
        Expect.lists(reply, "Allow", List.of("POST"));
        return "Allow: " + reply.header("Allow");
    }

    private static String optionsNowhere(Session session) throws IOException, InterruptedException {
        return refusal(session, session.send(Ask.of("OPTIONS", "/nowhere")), Refusal.NOT_FOUND);
    }

    private static String errors(Session session) throws IOException, InterruptedException {
        Reply reply = session.send(Ask.post(Paths.V2, Paths.BAD_TEMPERATURE));
        status(reply, 401);
        framed(session, reply);
        Expect.lists(reply, "Vary", List.of("Origin"));
        Expect.lists(reply, "Access-Control-Expose-Headers", READ);
        return "exposes " + READ.size() + " headers";
    }
}
