package gptbroker.identity;

import gptbroker.problem.Problem;
import java.util.List;

/** Turns the {@code Authorization} header of a request into a {@link Caller}. Implementations are thread-safe. */
@FunctionalInterface
public interface Authenticator {
    /**
     * Checks a credential.
     *
     * @param authorization all values of the {@code Authorization} header, in order; more than one is refused
     * @return the caller
     * @throws Problem 401 {@code authorization_missing}, {@code token_invalid} or {@code not_signed_in}; 403
     *     {@code anonymous_denied}, or {@code access_denied} for OAuth clients; 503 {@code identity_unavailable} when keys or issuer cannot be reached, so that an
     *     outage never looks like a bad token
     */
    Caller authenticate(List<String> authorization);
}
