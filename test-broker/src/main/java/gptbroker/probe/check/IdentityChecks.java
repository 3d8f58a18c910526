package gptbroker.probe.check;

import static gptbroker.probe.check.Expect.refusal;

import gptbroker.probe.tenant.Secret;
import java.io.IOException;
import java.util.List;
import java.util.stream.Stream;

/** Who is let in. Whatever is sent here is refused for another reason too, so that a mistake costs nothing. */
final class IdentityChecks {
    private static final Ask FREE = Ask.post(Paths.V2, Paths.BAD_TEMPERATURE);

    private IdentityChecks() {}

    static List<Check> all() {
        return List.of(
                Check.anyone("who: nobody, at each endpoint (S3.9, S3.42a)", IdentityChecks::nobody),
                Check.anyone("who: Bearer abcdefg (S3.10, S3.43d)", s -> garbage(s, Paths.STREAM)),
                Check.user("who: a token whose signature was changed", IdentityChecks::forged),
                Check.anyone("who: the project's anon key", IdentityChecks::anonKey),
                Check.user("who: the right token as Basic (S3.11)", IdentityChecks::basic),
                Check.user("who: the right token as bearer, lower case", IdentityChecks::lowerCase),
                Check.anyone("who: a 401 tells no limits", IdentityChecks::noLimits));
    }

    /** The checks of {@code session}'s broker with the tokens of all other tenants. */
    static List<Check> isolation(Session session, List<Session> all) {
        return all.stream()
                .filter(other -> other != session)
                .map(other -> Check.user(
                        "isolation: " + other.tenant().name() + "'s token is refused", here -> foreign(here, other)))
                .toList();
    }

    private static String foreign(Session here, Session other) throws IOException, InterruptedException {
        if (!other.signedIn()) {
            throw new Skipped("nobody is signed in there");
        }
        if (other.tenant().supabaseUrl().equals(here.tenant().supabaseUrl())) {
            throw new Skipped("both use the same Supabase project");
        }
        return refusal(here, here.send(FREE.bearer(other.token())), Refusal.BAD_TOKEN);
    }

    private static String nobody(Session session) throws IOException, InterruptedException {
        List<Ask> asks = Stream.concat(
                        Stream.of(Ask.get(Paths.SIMPLE + "?prompt=hi")),
                        Stream.of(Paths.ADVANCED, Paths.V2, Paths.GPT_4O, Paths.STREAM)
                                .map(path -> Ask.post(path, Paths.BAD_TEMPERATURE)))
                .toList();
        String detail = "";
        for (Ask ask : asks) {
            detail = refusal(session, session.send(ask), Refusal.NO_AUTHORIZATION);
        }
        return asks.size() + " × " + detail;
    }

    private static String garbage(Session session, String path) throws IOException, InterruptedException {
        Ask ask = Ask.post(path, Paths.BAD_TEMPERATURE).bearer(new Secret("abcdefg"));
        return refusal(session, session.send(ask), Refusal.BAD_TOKEN);
    }

    private static String forged(Session session) throws IOException, InterruptedException {
        String token = session.token().value();
        // In the middle of the signature: the last character's low bits may mean nothing.
        int middle = (token.lastIndexOf('.') + token.length()) / 2;
        char other = token.charAt(middle) == 'A' ? 'B' : 'A';
        Secret forged = new Secret(token.substring(0, middle) + other + token.substring(middle + 1));
        return refusal(session, session.send(FREE.bearer(forged)), Refusal.BAD_TOKEN);
    }

    private static String anonKey(Session session) throws IOException, InterruptedException {
        return refusal(session, session.send(FREE.bearer(session.tenant().anonKey())), Refusal.NOT_SIGNED_IN);
    }

    private static String basic(Session session) throws IOException, InterruptedException {
        Reply reply = session.send(
                FREE.with("Authorization", "Basic " + session.token().value()));
        Expect.status(reply, 401);
        Expect.framed(session, reply);
        return "401 " + reply.header("X-Error-Code");
    }

    private static String lowerCase(Session session) throws IOException, InterruptedException {
        Reply reply = session.send(
                FREE.with("Authorization", "bearer " + session.token().value()));
        Expect.status(reply, 400);
        return "accepted";
    }

    private static String noLimits(Session session) throws IOException, InterruptedException {
        Reply reply = session.send(FREE);
        Expect.status(reply, 401);
        for (String header : List.of("RateLimit", "RateLimit-Policy", "X-RateLimit-Remaining")) {
            Mismatch.unless(!reply.has(header), header + " on a 401");
        }
        return "none";
    }
}
