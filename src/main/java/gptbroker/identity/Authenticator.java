package gptbroker.identity;

import gptbroker.problem.Problem;
import java.util.List;
import java.util.function.Function;

/** Turns the credential in a request's head into a {@link Caller}. Implementations are thread-safe. */
@FunctionalInterface
public interface Authenticator {
    /**
     * Checks a credential.
     *
     * @param headers gives all values of a header, in order
     * @param realm where the credential may stand, and whose it may be
     * @return the caller, of one of the realm's kinds
     * @throws Problem 401 {@code authorization_missing}, {@code token_invalid} or {@code not_signed_in}; 403
     *     {@code anonymous_denied}, or {@code access_denied} for OAuth clients and for the admin key where it has no
     *     business; 503 {@code identity_unavailable} when keys or issuer cannot be reached, so that an outage never
     *     looks like a bad token
     */
    Caller authenticate(Function<String, List<String>> headers, Realm realm);
}
