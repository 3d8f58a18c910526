package gptbroker.probe.check;

import gptbroker.probe.check.FakeRules.Refused;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Who may call a {@link FakeBroker}: two users, with one token each. */
final class FakeUsers {
    static final String ANON_KEY = "sb_publishable_fake";

    private final Set<Fault> faults;
    private final String token = newToken();
    private final String otherToken = newToken();

    FakeUsers(Set<Fault> faults) {
        this.faults = faults;
    }

    private static String newToken() {
        return "header." + UUID.randomUUID() + ".signature-" + UUID.randomUUID();
    }

    /** The token of the first user. */
    String token() {
        return token;
    }

    /** What Supabase answers to who signs in. */
    String signedIn(boolean second) {
        return "{\"access_token\":\"" + (second ? otherToken : token) + "\",\"token_type\":\"bearer\"}";
    }

    boolean isFirst(@Nullable String authorization) {
        return ("Bearer " + token).equals(authorization);
    }

    /** Refuses who is not a user. */
    void identify(@Nullable String authorization) {
        if (authorization == null) {
            throw new Refused(
                    401, "authorization_missing", "{\"error\":\"Authorization header is required\",\"message\":null}");
        }
        if (authorization.equals("Bearer " + FakeBroker.ADMIN_KEY)) {
            boolean let = faults.contains(Fault.ADMIN_KEY_ASKS);
            throw new Refused(let ? 400 : 403, "access_denied", "{\"error\":\"This user may not call this service\"}");
        }
        boolean bearer = authorization.regionMatches(true, 0, "Bearer ", 0, 7);
        String offered = authorization.substring(authorization.indexOf(' ') + 1);
        if (bearer && offered.equals(ANON_KEY) && !faults.contains(Fault.ANON_KEY_ACCEPTED)) {
            throw new Refused(
                    401,
                    "not_signed_in",
                    "{\"error\":\"Not signed in: this is the project's API key, not a user's access token\","
                            + "\"message\":null}");
        }
        if (!bearer || !accepted(offered)) {
            throw new Refused(401, "token_invalid", "{\"error\":\"Invalid or expired token\",\"message\":null}");
        }
    }

    private boolean accepted(String offered) {
        boolean sameUser = offered.startsWith(token.substring(0, token.lastIndexOf('.')));
        boolean anyUser = offered.startsWith("header.");
        return offered.equals(token)
                || offered.equals(otherToken)
                || offered.equals(ANON_KEY)
                || sameUser && faults.contains(Fault.FORGED_TOKEN_ACCEPTED)
                || anyUser && !sameUser && faults.contains(Fault.FOREIGN_TOKEN_ACCEPTED);
    }
}
