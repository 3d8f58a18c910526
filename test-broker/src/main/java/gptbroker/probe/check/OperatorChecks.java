package gptbroker.probe.check;

import static gptbroker.probe.check.Expect.framed;
import static gptbroker.probe.check.Expect.refusal;
import static gptbroker.probe.check.Expect.status;

import gptbroker.probe.tenant.Secret;
import gptbroker.probe.tenant.Tenant;
import java.io.IOException;
import java.util.List;

/** What the operator's key opens on the public port, and that it is no user's. Only where the env file has it; reads. */
final class OperatorChecks {
    private OperatorChecks() {}

    static List<Check> of(Tenant tenant) {
        return tenant.further().adminKey().map(OperatorChecks::all).orElseGet(List::of);
    }

    private static List<Check> all(Secret key) {
        return List.of(
                Check.anyone("operator: metrics", s -> opens(s, key, "/metrics", "gpt_broker_requests_total")),
                Check.anyone("operator: the description", s -> opens(s, key, "/openapi.json", "\"openapi\"")),
                Check.anyone("operator: the admin API", s -> opens(s, key, "/admin/status", "{")),
                Check.anyone("operator: a key that is nearly it", s -> nearly(s, key)),
                Check.anyone("operator: the key asks no model", s -> asksNothing(s, key)));
    }

    private static String opens(Session session, Secret key, String path, String part)
            throws IOException, InterruptedException {
        Reply reply = session.send(Ask.get(path).bearer(key));
        status(reply, 200);
        Mismatch.unless(reply.text().contains(part), "does not hold " + part);
        return "200";
    }

    private static String nearly(Session session, Secret key) throws IOException, InterruptedException {
        Reply reply = session.send(Ask.get("/admin/status").bearer(new Secret(key.value() + "x")));
        return refusal(session, reply, Refusal.NOT_FOUND);
    }

    private static String asksNothing(Session session, Secret key) throws IOException, InterruptedException {
        Reply reply = session.send(Ask.post(Paths.V2, Paths.BAD_TEMPERATURE).bearer(key));
        status(reply, 403);
        framed(session, reply);
        return "403 " + Mismatch.shortened(reply.header("X-Error-Code"));
    }
}
