package gptbroker.http;

import static java.nio.charset.StandardCharsets.UTF_8;

import gptbroker.problem.Problem;
import gptbroker.problem.ProblemCode;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.Set;
import java.util.function.Function;

/** How a set of routes words its errors. The body is JSON; the code also travels as {@code X-Error-Code}. */
public interface Dialect {
    /**
     * {@code {"error":text,"message":null}}, but for the codes whose body has no {@code message} key in the seed
     * (S3.24, S3.31).
     */
    Dialect BROKER = broker(
            Set.of(
                    ProblemCode.NOT_FOUND,
                    ProblemCode.METHOD_NOT_ALLOWED,
                    ProblemCode.METHOD_UNKNOWN,
                    ProblemCode.TEMPERATURE_INVALID,
                    ProblemCode.MESSAGES_NOT_ARRAY,
                    ProblemCode.MESSAGE_MALFORMED,
                    ProblemCode.MODEL_UNKNOWN),
            ProblemCode::text);

    /** {@code {"error":text}} for every code. */
    Dialect BARE = broker(EnumSet.allOf(ProblemCode.class), ProblemCode::text);

    /** {@code {"error":text}} for backend projects (S0.8), at their paths for every refusal. */
    Dialect PROJECTS = new ProjectsDialect();

    /** {@code {"error":text}} in the words of accounts, chats and groups; at paths of their own for every refusal. */
    Dialect CHAT = new ChatDialect();

    /** The error body, UTF-8 JSON; not to be changed. */
    byte[] errorBody(Problem problem);

    /** The HTTP status, where a dialect differs from {@link ProblemCode#status()}. */
    default int status(Problem problem) {
        return problem.code().status();
    }

    /**
     * Whether it also words what is refused before a route is chosen (411, 413, 405, …) at paths of its routes. The
     * seed's dialects do not: their bodies differ by endpoint, those refusals do not.
     */
    default boolean ofWholePath() {
        return false;
    }

    /**
     * The broker's shape.
     *
     * @param bare the codes without the {@code message} key
     * @param text words a code
     */
    static Dialect broker(Set<ProblemCode> bare, Function<ProblemCode, String> text) {
        var bodies = new EnumMap<ProblemCode, byte[]>(ProblemCode.class);
        for (ProblemCode code : ProblemCode.values()) {
            bodies.put(code, body(text.apply(code), bare.contains(code)));
        }
        return problem -> problem.fields().isEmpty()
                ? bodies.get(problem.code())
                : body(
                        text.apply(problem.code()) + ": " + String.join(", ", problem.fields()),
                        bare.contains(problem.code()));
    }

    private static byte[] body(String text, boolean bare) {
        return ("{\"error\":" + Json.string(text) + (bare ? "}" : ",\"message\":null}")).getBytes(UTF_8);
    }
}
