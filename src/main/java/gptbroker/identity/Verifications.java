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
    private final Map<Caller.Kind, Counter> others = new EnumMap<>(Caller.Kind.class);
    private final Map<ProblemCode, Counter> refused = new EnumMap<>(ProblemCode.class);

    Verifications(Meters meters) {
        verified = counter(meters, "verified");
        cached = counter(meters, "cached");
        others.put(Caller.Kind.ADMIN, counter(meters, "admin"));
        others.put(Caller.Kind.API_KEY, counter(meters, "api_key"));
        others.put(Caller.Kind.SESSION, counter(meters, "session"));
        REFUSALS.forEach(code -> refused.put(code, counter(meters, code.code())));
    }

    /** A Supabase user. */
    void accepted(boolean fromCache) {
        (fromCache ? cached : verified).increment();
    }

    /** Any other kind. */
    void accepted(Caller.Kind kind) {
        Counter counter = others.get(kind);
        if (counter != null) {
            counter.increment();
        }
    }

    void refused(ProblemCode code) {
        Counter counter = refused.get(code);
        if (counter != null) {
            counter.increment();
        }
    }

    private static Counter counter(Meters meters, String outcome) {
        return meters.counter(
                "gpt_broker_identity_verifications_total", "Credentials by what became of them", "outcome", outcome);
    }
}
