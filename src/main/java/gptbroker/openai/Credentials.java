package gptbroker.openai;

import gptbroker.config.BrokerConfig;
import gptbroker.config.BrokerConfig.ProxyAuth;
import gptbroker.http.Exchange;
import gptbroker.identity.Caller;
import gptbroker.identity.CredentialForm;
import gptbroker.identity.Place;
import gptbroker.identity.Realm;
import gptbroker.problem.Problem;
import gptbroker.problem.ProblemCode;
import gptbroker.turn.Turns;
import java.util.List;
import java.util.Optional;

/**
 * Whose key goes to the provider. Whoever is known to us uses ours, if the configuration lets them; a bearer that is
 * none of ours is a key of the caller's own, and passes. What only looks like ours (a bad or expired token) is never
 * sent anywhere.
 */
final class Credentials {
    private final Turns turns;
    private final BrokerConfig.V1 config;

    Credentials(Turns turns, BrokerConfig.V1 config) {
        this.turns = turns;
        this.config = config;
    }

    /**
     * The caller of ours; empty for a foreign key.
     *
     * @throws Problem 401 for neither, 403 for a caller of ours who may not use our key here
     */
    Optional<Caller> caller(Exchange exchange) {
        Caller caller;
        try {
            caller = turns.who(exchange, Realm.V1);
        } catch (Problem unknown) {
            if (unknown.code() == ProblemCode.TOKEN_INVALID
                    && config.auth() != ProxyAuth.SHARED
                    && isForeign(exchange.headers("Authorization"))) {
                exchange.trace().callerId("foreign");
                return Optional.empty();
            }
            throw unknown;
        }
        if (config.auth() == ProxyAuth.PASSTHROUGH
                || !config.forUsers() && caller.kind() == Caller.Kind.SUPABASE_USER) {
            throw Problem.of(ProblemCode.ACCESS_DENIED, "/v1 is not for users");
        }
        return Optional.of(caller);
    }

    private static boolean isForeign(List<String> authorization) {
        try {
            return authorization.size() == 1
                    && Place.BEARER
                            .read(authorization.getFirst())
                            .filter(key -> CredentialForm.of(key) == CredentialForm.OTHER)
                            .isPresent();
        } catch (Problem malformed) {
            return false;
        }
    }
}
