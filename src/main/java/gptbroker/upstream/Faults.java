package gptbroker.upstream;

import com.fasterxml.jackson.core.JsonProcessingException;
import gptbroker.problem.Problem;
import io.helidon.http.ClientResponseHeaders;
import io.helidon.http.Header;
import io.helidon.http.HeaderName;
import io.helidon.http.HeaderNames;
import java.io.IOException;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * From what the provider or the network did to what our caller sees: reliability design 2(d), in one place. Messages
 * name statuses and exception classes; texts of the provider and of exceptions stay behind.
 */
final class Faults {
    private static final HeaderName RETRY_AFTER = HeaderNames.RETRY_AFTER;
    private static final Set<String> PASSING_LIMITS = Set.of("rate_limit_exceeded", "slow_down");
    private static final Duration LONGEST_WAIT = Duration.ofSeconds(2);

    private Faults() {}

    /**
     * An answer other than 200.
     *
     * @param errorCode the code in its body, if it had one
     */
    static Problem refused(int status, ClientResponseHeaders headers, @Nullable String errorCode, Instant now) {
        Optional<Duration> said = RetryAfter.parse(header(headers, RETRY_AFTER), now);
        boolean soon = said.map(delay -> delay.compareTo(LONGEST_WAIT) <= 0).orElse(true);
        String detail = "status " + status;
        return switch (status) {
            case 400, 404, 409, 413, 422 ->
                Fault.of(Fault.Kind.REJECTED, detail).problem();
            case 401, 403 -> Fault.of(Fault.Kind.UNAUTHORIZED, detail).problem();
            case 408 -> Fault.of(Fault.Kind.TIMEOUT, detail).problem();
            case 429 -> {
                boolean passes = said.isPresent() && soon && errorCode != null && PASSING_LIMITS.contains(errorCode);
                Fault fault = Fault.of(Fault.Kind.RATE_LIMITED, detail);
                yield (passes ? fault.retryable(said) : fault).problem().retryAfter(RetryAfter.forClient(said));
            }
            case 502, 503 -> {
                Fault fault = Fault.of(Fault.Kind.SERVER, detail);
                yield (soon ? fault.retryable(said) : fault).problem();
            }
            default ->
                Fault.of(status < 400 ? Fault.Kind.MALFORMED : Fault.Kind.SERVER, detail)
                        .problem();
        };
    }

    /**
     * Whatever was thrown on the way. Helidon's client has no common exception: refusals and resets, ends of input,
     * unknown hosts and bad framing come as five unrelated kinds.
     *
     * @param connected whether there was a connection
     * @param stale whether it was a kept one that ended before it said anything
     */
    static Problem of(Throwable thrown, boolean connected, boolean stale) {
        if (thrown instanceof Problem problem) {
            return problem;
        }
        String classes = classes(thrown);
        if (has(thrown, SocketTimeoutException.class)) {
            return Fault.of(Fault.Kind.TIMEOUT, classes).problem();
        }
        if (!connected) {
            return Fault.of(Fault.Kind.CONNECT, classes)
                    .retryable(Optional.empty())
                    .problem();
        }
        if (stale) {
            return Fault.of(Fault.Kind.LOST, "kept connection, " + classes)
                    .retryable(Optional.empty())
                    .problem();
        }
        boolean framing = thrown instanceof IllegalArgumentException
                || thrown instanceof IllegalStateException
                || thrown instanceof JsonProcessingException
                || thrown instanceof IOException && !has(thrown, SocketException.class);
        return Fault.of(framing ? Fault.Kind.MALFORMED : Fault.Kind.LOST, classes)
                .problem();
    }

    static Problem malformed(String detail) {
        return Fault.of(Fault.Kind.MALFORMED, detail).problem();
    }

    /** The connection ended in the middle of an answer. */
    static Problem cut() {
        return Fault.of(Fault.Kind.LOST, "the connection ended before the answer")
                .problem();
    }

    /** The caller gave up, or was told to. */
    static Problem cancelled() {
        return Fault.of(Fault.Kind.CANCELLED, "given up by the caller").problem();
    }

    static Problem unexpected(Throwable thrown) {
        return Fault.of(Fault.Kind.LOST, classes(thrown)).problem();
    }

    /** Nothing is unpacked here: a compressed answer, which nobody asked for, could be of any size. */
    static void requireReadable(ClientResponseHeaders headers) {
        String encoding = header(headers, HeaderNames.CONTENT_ENCODING);
        if (encoding != null && !encoding.equalsIgnoreCase("identity")) {
            throw malformed("a compressed answer");
        }
    }

    /** The first value of a header, or null. */
    static @Nullable String header(ClientResponseHeaders headers, HeaderName name) {
        return headers.find(name).map(Header::get).orElse(null);
    }

    private static boolean has(Throwable thrown, Class<? extends Throwable> type) {
        for (Throwable t = thrown; t != null; t = t.getCause()) {
            if (type.isInstance(t)) {
                return true;
            }
        }
        return false;
    }

    private static String classes(Throwable thrown) {
        StringBuilder names = new StringBuilder();
        int depth = 0;
        for (Throwable t = thrown; t != null && depth < 4; t = t.getCause(), depth++) {
            names.append(depth == 0 ? "" : " < ").append(t.getClass().getSimpleName());
        }
        return names.toString();
    }
}
