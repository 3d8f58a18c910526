package gptbroker.problem;

import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * A request that ends in a refusal or failure. What the client may see is the {@link ProblemCode}; the detail is for
 * the log alone and must hold neither secrets nor content.
 */
public final class Problem extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final ProblemCode code;
    private final transient Optional<Duration> retryAfter;
    private final transient List<String> fields;

    private Problem(
            ProblemCode code, String detail, Optional<Duration> retryAfter, List<String> fields, Throwable cause) {
        // No stack trace: a refusal is an expected outcome, and a flood of them must stay cheap.
        super(detail, cause, false, false);
        this.code = code;
        this.retryAfter = retryAfter;
        this.fields = fields;
    }

    /** A problem that needs no further words in the log. */
    public static Problem of(ProblemCode code) {
        return new Problem(code, code.code(), Optional.empty(), List.of(), null);
    }

    /** A problem with a detail for the log: ids, sizes and reasons, never secrets or content. */
    public static Problem of(ProblemCode code, String detail) {
        return new Problem(code, detail, Optional.empty(), List.of(), null);
    }

    /** A problem with its cause; the cause's message is logged nowhere, its class is. */
    public static Problem of(ProblemCode code, String detail, Throwable cause) {
        return new Problem(code, detail, Optional.empty(), List.of(), cause);
    }

    /** The same problem, telling the client when to come back ({@code Retry-After}, rounded up to seconds). */
    public Problem retryAfter(Duration delay) {
        return new Problem(code, getMessage(), Optional.of(delay), fields, getCause());
    }

    /** The same problem, telling the client which fields of its input are wrong; never what is in them. */
    public Problem in(List<String> fields) {
        return new Problem(code, getMessage(), retryAfter, List.copyOf(fields), getCause());
    }

    /** The fields, as JSON pointers, that the client is told beside the text. */
    public List<String> fields() {
        return fields;
    }

    /** What the client is told. */
    public ProblemCode code() {
        return code;
    }

    /** When a retry may succeed, if that is known. */
    public Optional<Duration> retryAfter() {
        return retryAfter;
    }
}
