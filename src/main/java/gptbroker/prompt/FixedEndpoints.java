package gptbroker.prompt;

import gptbroker.http.Access;
import gptbroker.http.Dialect;
import gptbroker.http.Route;
import gptbroker.problem.ProblemCode;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Stream;

/** The five endpoints of the seed, with its bodies and texts (S3.18-S3.31). */
public final class FixedEndpoints {
    private static final String MINI = "gpt-4o-mini";
    private static final String FULL = "gpt-4o";
    private static final double TEMPERATURE = 0.7;

    private static final String FAILURE_PREFIX = "GPT Threw an error - ";

    // Which errors have no message key differs by endpoint; clients of the seed may compare bodies.
    private static final Dialect SIMPLE = withoutMessageKey(ProblemCode::isUpstream);
    private static final Dialect ADVANCED = withoutMessageKey(code -> false);
    private static final Dialect V2 = withoutMessageKey(Set.of(
            ProblemCode.TEMPERATURE_INVALID, ProblemCode.MESSAGES_NOT_ARRAY, ProblemCode.MESSAGE_MALFORMED)::contains);
    private static final Dialect STREAM = withoutMessageKey(Set.of(
            ProblemCode.TEMPERATURE_INVALID,
            ProblemCode.MESSAGES_MISSING,
            ProblemCode.MESSAGES_NOT_ARRAY,
            ProblemCode.MODEL_UNKNOWN,
            ProblemCode.MESSAGE_MALFORMED)::contains);

    private static final List<Endpoint> WHOLE = List.of(
            new Endpoint(
                    "GET",
                    "/simple-gpt-4o-mini-complete",
                    new SimplePrompt(MINI, TEMPERATURE),
                    new Answer.Text(true),
                    SIMPLE),
            new Endpoint(
                    "POST", "/advanced-gpt-4o-mini-complete", messages(MINI, false), new Answer.Text(false), ADVANCED),
            new Endpoint("POST", "/v2/advanced-gpt-4o-mini-complete", messages(MINI, true), new Answer.Message(), V2),
            new Endpoint("POST", "/gpt-4o", messages(FULL, true), new Answer.Message(), V2));

    private FixedEndpoints() {}

    /**
     * Their routes, each going the same way.
     *
     * @param drain whether an answer of {@code /stream} is read on when its client has left
     */
    public static List<Route> routes(PromptPath path, boolean drain) {
        var stream = new Endpoint(
                "POST",
                "/stream",
                new MessagesPrompt(Optional.empty(), Set.of(FULL, MINI), true),
                new Answer.Stream(Optional.empty(), drain),
                STREAM);
        return Stream.concat(WHOLE.stream(), Stream.of(stream))
                .map(endpoint -> new Route(
                        endpoint.method(),
                        endpoint.path(),
                        Access.CALLER,
                        endpoint.dialect(),
                        exchange -> path.handle(exchange, endpoint)))
                .toList();
    }

    private static Dialect withoutMessageKey(Predicate<ProblemCode> bare) {
        Set<ProblemCode> codes = EnumSet.allOf(ProblemCode.class);
        codes.removeIf(bare.negate());
        return Dialect.broker(codes, code -> code.isUpstream() ? FAILURE_PREFIX + code.text() : code.text());
    }

    private static PromptParser messages(String model, boolean takesTemperature) {
        return new MessagesPrompt(Optional.of(model), Set.of(), takesTemperature);
    }
}
