package gptbroker.identity;

import gptbroker.config.Secret;
import gptbroker.problem.Problem;
import gptbroker.problem.ProblemCode;
import java.util.List;
import java.util.Optional;

/** A token that two processes of ours share, compared in constant time. Without a configured one everybody is let in. */
public final class SharedToken {
    private final Optional<KeyDigest> token;

    /** The configured token; empty only where none but the other process can get here. */
    public SharedToken(Optional<Secret> token) {
        this.token = token.map(secret -> new KeyDigest(Optional.of(secret)));
    }

    /**
     * Lets the other process pass.
     *
     * @param authorization all values of the {@code Authorization} header
     * @throws Problem 401 {@code authorization_missing} or {@code token_invalid}
     */
    public void require(List<String> authorization) {
        if (token.isEmpty()) {
            return;
        }
        if (authorization.isEmpty()) {
            throw Problem.of(ProblemCode.AUTHORIZATION_MISSING);
        }
        boolean right = authorization.size() == 1
                && Place.BEARER
                        .read(authorization.getFirst())
                        .filter(shown -> token.get().matches(TokenHash.sha256(shown)))
                        .isPresent();
        if (!right) {
            throw Problem.of(ProblemCode.TOKEN_INVALID, "not the shared token");
        }
    }
}
