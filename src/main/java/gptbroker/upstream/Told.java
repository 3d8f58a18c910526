package gptbroker.upstream;

import gptbroker.problem.Problem;
import io.helidon.http.ClientResponseHeaders;
import io.helidon.http.HeaderName;
import io.helidon.http.HeaderNames;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * What an inference process of ours says of a failure, by {@code X-Error-Code}: it has mapped the provider's already,
 * and asked again where that was safe. Only what it could not even begin is worth another try from here.
 */
final class Told {
    private static final HeaderName ERROR_CODE = HeaderNames.create("x-error-code");
    private static final Map<String, Fault.Kind> OF_THE_MODEL = Map.of(
            "upstream_failed", Fault.Kind.REPORTED,
            "upstream_timeout", Fault.Kind.TIMEOUT,
            "upstream_rate_limited", Fault.Kind.RATE_LIMITED,
            "upstream_unavailable", Fault.Kind.UNAVAILABLE,
            "upstream_rejected", Fault.Kind.REJECTED);
    private static final Set<String> NOT_BEGUN = Set.of("overloaded", "draining");
    private static final Duration LONGEST_WAIT = Duration.ofSeconds(2);

    private Told() {}

    /** The failure; empty when it is neither the model's nor that of a process that is too busy or stopping. */
    static Optional<Problem> of(ClientResponseHeaders headers, Instant now) {
        String code = Optional.ofNullable(Faults.header(headers, ERROR_CODE)).orElse("");
        Optional<Duration> delay = RetryAfter.parse(Faults.header(headers, HeaderNames.RETRY_AFTER), now);
        Fault.Kind kind = OF_THE_MODEL.get(code);
        if (kind != null) {
            Problem problem = Fault.of(kind, "told by the inference process").problem();
            return Optional.of(
                    delay.isPresent() || kind == Fault.Kind.RATE_LIMITED
                            ? problem.retryAfter(RetryAfter.forClient(delay))
                            : problem);
        }
        if (NOT_BEGUN.contains(code)) {
            Fault fault = Fault.of(Fault.Kind.SERVER, "the inference process is " + code);
            boolean soon = delay.map(it -> it.compareTo(LONGEST_WAIT) <= 0).orElse(true);
            return Optional.of((soon ? fault.retryable(delay) : fault).problem());
        }
        return Optional.empty();
    }
}
