package gptbroker.upstream;

import gptbroker.problem.Problem;
import gptbroker.problem.ProblemCode;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What went wrong at the provider, for our own eyes: the cause of every {@link Problem} that this package throws. The
 * decorators decide by it whether to ask again and whether the breaker counts it. Its message holds classes and
 * numbers, never upstream text.
 */
final class Fault extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** Kinds of failure: the label of the metric, what a client is told, and whether it speaks against the provider. */
    enum Kind {
        CONNECT("connect", ProblemCode.UPSTREAM_FAILED, Blame.PROVIDER),
        LOST("lost", ProblemCode.UPSTREAM_FAILED, Blame.PROVIDER),
        TIMEOUT("timeout", ProblemCode.UPSTREAM_TIMEOUT, Blame.PROVIDER),
        SERVER("server", ProblemCode.UPSTREAM_FAILED, Blame.PROVIDER),
        MALFORMED("malformed", ProblemCode.UPSTREAM_FAILED, Blame.PROVIDER),
        TOO_LARGE("too_large", ProblemCode.UPSTREAM_FAILED, Blame.NOBODY),
        REJECTED("rejected", ProblemCode.UPSTREAM_REJECTED, Blame.CALLER),
        UNAUTHORIZED("unauthorized", ProblemCode.UPSTREAM_FAILED, Blame.NOBODY),
        RATE_LIMITED("rate_limited", ProblemCode.UPSTREAM_RATE_LIMITED, Blame.NOBODY),
        UNAVAILABLE("unavailable", ProblemCode.UPSTREAM_UNAVAILABLE, Blame.NOBODY),
        /** An inference process told of a failure that is no fault of its own. */
        REPORTED("reported", ProblemCode.UPSTREAM_FAILED, Blame.NOBODY),
        CANCELLED("cancelled", ProblemCode.UPSTREAM_FAILED, Blame.NOBODY);

        private final String label;
        private final ProblemCode code;
        private final Blame blame;

        Kind(String label, ProblemCode code, Blame blame) {
            this.label = label;
            this.code = code;
            this.blame = blame;
        }

        /** The value of the metric's label. */
        String label() {
            return label;
        }

        /** Whom the breaker holds responsible. */
        Blame blame() {
            return blame;
        }
    }

    /** A caller's fault shows that the provider is alive; nobody's fault says nothing about it. */
    enum Blame {
        PROVIDER,
        CALLER,
        NOBODY
    }

    private final Kind kind;
    private final boolean retryable;
    private final transient Optional<Duration> delay;

    private Fault(Kind kind, String detail, boolean retryable, Optional<Duration> delay) {
        super(kind.label + ": " + detail, null, false, false);
        this.kind = kind;
        this.retryable = retryable;
        this.delay = delay;
    }

    static Fault of(Kind kind, String detail) {
        return new Fault(kind, detail, false, Optional.empty());
    }

    /** The same fault, of which we know that asking once more costs nothing twice. */
    Fault retryable(Optional<Duration> delayAskedFor) {
        return new Fault(kind, getMessage().substring(kind.label.length() + 2), true, delayAskedFor);
    }

    /** The fault behind a problem of this package; null for a problem from elsewhere. */
    static @Nullable Fault behind(Problem problem) {
        return problem.getCause() instanceof Fault fault ? fault : null;
    }

    /** What the caller of {@link Upstream} gets to see of it. */
    Problem problem() {
        return Problem.of(kind.code, getMessage(), this);
    }

    Kind kind() {
        return kind;
    }

    /** Whether nothing of an answer was made or paid for, so that one more try is safe. */
    boolean isRetryable() {
        return retryable;
    }

    /** How long the provider wants us to wait before the next try, if it said so. */
    Optional<Duration> delay() {
        return delay;
    }
}
