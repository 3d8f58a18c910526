package gptbroker.identity;

import static gptbroker.problem.ProblemCode.TOKEN_INVALID;

import gptbroker.problem.Problem;
import java.util.Optional;

/**
 * Checks a Supabase token from its form to its claims: key first, signature with that key's own algorithm, then the
 * rules. Thread-safe.
 */
final class TokenVerifier {
    private static final String HS256 = "HS256";

    private final JwksKeys keys;
    private final Optional<VerificationKey> secret;
    private final boolean issuerChecksHs256;
    private final ClaimRules rules;

    /**
     * Builds a verifier.
     *
     * @param secret the project's JWT secret, if HS256 is on
     * @param issuerChecksHs256 whether an HS256 token may pass unsigned as far as we can see, because the issuer is
     *     asked about each token anyway ({@code AUTH_STRICT})
     */
    TokenVerifier(JwksKeys keys, Optional<VerificationKey> secret, boolean issuerChecksHs256, ClaimRules rules) {
        this.keys = keys;
        this.secret = secret;
        this.issuerChecksHs256 = issuerChecksHs256;
        this.rules = rules;
    }

    /**
     * A token that passed.
     *
     * @param key the key that signed it; none when only the issuer can tell
     */
    record Verified(Caller caller, Optional<VerificationKey> key) {}

    /**
     * Checks a token.
     *
     * @throws Problem 401 when it is no token of a user of ours, 403 by policy, 503 when the keys cannot be had
     */
    Verified verify(String token) {
        Jws jws = Jws.parse(token);
        if (jws.alg().equals(HS256) && secret.isEmpty() && issuerChecksHs256) {
            return new Verified(rules.caller(jws.claims()), Optional.empty());
        }
        VerificationKey key = key(jws).orElseThrow(() -> Problem.of(TOKEN_INVALID, "no such key"));
        if (!key.verifies(jws)) {
            throw Problem.of(TOKEN_INVALID, "signature");
        }
        return new Verified(rules.caller(jws.claims()), Optional.of(key));
    }

    /** Whether a token that this key signed is still good on the key's account; never waits. */
    boolean trusts(VerificationKey key) {
        return secret.filter(key::equals).isPresent() || keys.trusts(key);
    }

    /** The secret serves HS256 whatever the kid says, as at the issuer; a public key never does. */
    private Optional<VerificationKey> key(Jws jws) {
        return switch (jws.alg()) {
            case HS256 -> secret;
            case "ES256", "RS256" -> jws.kid().flatMap(keys::find);
            default -> Optional.empty();
        };
    }
}
