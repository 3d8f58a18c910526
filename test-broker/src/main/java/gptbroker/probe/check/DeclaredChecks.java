package gptbroker.probe.check;

import static gptbroker.probe.check.Expect.framed;
import static gptbroker.probe.check.Expect.status;

import gptbroker.probe.tenant.Tenant;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** Declared prompts: of what a tenant has declared only what the env file names can be known here. */
final class DeclaredChecks {
    private DeclaredChecks() {}

    static List<Check> of(Tenant tenant) {
        List<Check> checks = new ArrayList<>();
        checks.add(Check.anyone("prompts: nobody", DeclaredChecks::nobody));
        checks.add(Check.user("prompts: a name that is none", DeclaredChecks::unknown));
        tenant.further()
                .prompt()
                .ifPresent(name -> checks.add(Check.user(
                        "prompts: " + name + ", as prompt and as function",
                        session -> declared(session, name, tenant.further().promptInput()))));
        return checks;
    }

    /** Who is nobody is not told which names there are. */
    private static String nobody(Session session) throws IOException, InterruptedException {
        Reply reply = session.send(Ask.post("/functions/v1/no-such-prompt", "{}"));
        if (reply.status() == 404) {
            throw new Skipped("this broker declares no prompts");
        }
        return Expect.refusal(session, reply, Refusal.NO_AUTHORIZATION);
    }

    private static String unknown(Session session) throws IOException, InterruptedException {
        Reply reply = session.look(Ask.post("/prompts/no-such-prompt", "{}"));
        return Expect.refusal(session, reply, Refusal.NOT_FOUND);
    }

    /** What it costs is the tenant's business. */
    private static String declared(Session session, String name, String input)
            throws IOException, InterruptedException {
        int bytes = 0;
        for (String path : List.of("/prompts/", "/functions/v1/")) {
            Reply reply = session.call(Ask.post(path + name, input));
            session.ledger().skip();
            status(reply, 200);
            framed(session, reply);
            Mismatch.unless(!reply.text().isBlank(), "the answer is empty");
            bytes += reply.body().bytes().length;
        }
        return bytes + " bytes";
    }
}
