package gptbroker.http;

import gptbroker.problem.Problem;
import gptbroker.problem.ProblemCode;
import java.nio.charset.StandardCharsets;
import java.util.EnumSet;
import java.util.Set;
import java.util.function.Predicate;

/** How a set of routes words its errors. The body is JSON; the code also travels as {@code X-Error-Code}. */
public interface Dialect {
    /**
     * {@code {"error":text,"message":null}}, but for the codes whose body has no {@code message} key in the seed
     * (S3.24, S3.31).
     */
    Dialect BROKER = broker(Set.of(
            ProblemCode.NOT_FOUND,
            ProblemCode.METHOD_NOT_ALLOWED,
            ProblemCode.METHOD_UNKNOWN,
            ProblemCode.TEMPERATURE_INVALID,
            ProblemCode.MESSAGES_NOT_ARRAY,
            ProblemCode.MESSAGE_MALFORMED,
            ProblemCode.MODEL_UNKNOWN));

    /** {@code {"error":text}} for every code. */
    Dialect BARE = broker(EnumSet.allOf(ProblemCode.class));

    /** The error body, UTF-8 JSON. */
    byte[] errorBody(Problem problem);

    /** The HTTP status, where a dialect differs from {@link ProblemCode#status()}. */
    default int status(Problem problem) {
        return problem.code().status();
    }

    /** The broker's shape; {@code bare} names the codes without the {@code message} key. */
    static Dialect broker(Set<ProblemCode> bare) {
        Predicate<ProblemCode> isBare = EnumSet.copyOf(bare)::contains;
        return problem -> {
            String error = "{\"error\":" + Json.string(problem.code().text());
            return (error + (isBare.test(problem.code()) ? "}" : ",\"message\":null}"))
                    .getBytes(StandardCharsets.UTF_8);
        };
    }
}
