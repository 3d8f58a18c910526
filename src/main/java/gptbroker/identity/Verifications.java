package gptbroker.identity;

import gptbroker.ops.Meters;
import gptbroker.problem.ProblemCode;
import io.helidon.metrics.api.Counter;
import java.util.EnumMap;
import java.util.Map;
import java.util.Set;

/** Counts what became of credentials. Thread-safe. */
final class Verifications {
    private static final Set<ProblemCode> REFUSALS = Set.of(
            ProblemCode.AUTHORIZATION_MISSING,
            ProblemCode.TOKEN_INVALID,
            ProblemCode.NOT_SIGNED_IN,
            ProblemCode.ACCESS_DENIED,
            ProblemCode.ANONYMOUS_DENIED,
            ProblemCode.IDENTITY_UNAVAILABLE);

    private final Counter verified;
    private final Counter cached;
    private final Counter admin;
    private final Map<ProblemCode, Counter> refused = new EnumMap<>(ProblemCode.class);

    Verifications(Meters meters) {
        verified = counter(meters, "verified");
        cached = counter(meters, "cached");
        admin = counter(meters, "admin");
        REFUSALS.forEach(code -> refused.put(code, counter(meters, code.code())));
    }

    void accepted(boolean fromCache) {
        (fromCache ? cached : verified).increment();
    }

    void admin() {
        admin.increment();
    }

    void refused(ProblemCode code) {
        refused.get(code).increment();
    }

    private static Counter counter(Meters meters, String outcome) {
        return meters.counter(
                "gpt_broker_identity_verifications_total", "Credentials by what became of them", "outcome", outcome);
    }
}
