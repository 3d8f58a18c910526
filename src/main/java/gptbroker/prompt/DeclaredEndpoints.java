package gptbroker.prompt;

import gptbroker.declare.Declaration;
import gptbroker.http.Access;
import gptbroker.http.Dialect;
import gptbroker.http.Exchange;
import gptbroker.http.Route;
import gptbroker.problem.Problem;
import gptbroker.problem.ProblemCode;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * The prompts that the tenant has declared. The second path is the one that {@code supabase.functions.invoke} calls; the
 * archive knows both by the first.
 */
public final class DeclaredEndpoints {
    private static final String METHOD = "POST";
    private static final List<String> PATHS = List.of("/prompts/{name}", "/functions/v1/{name}");

    private DeclaredEndpoints() {}

    /**
     * Their routes.
     *
     * @param prompts finds the prompt of a name, anew for each request
     */
    public static List<Route> routes(PromptPath path, Function<String, Optional<Declaration>> prompts) {
        return PATHS.stream()
                .map(template -> new Route(
                        METHOD,
                        template,
                        Access.CALLER,
                        Dialect.BROKER,
                        exchange -> path.handle(exchange, () -> endpoint(exchange, prompts))))
                .toList();
    }

    private static Endpoint endpoint(Exchange exchange, Function<String, Optional<Declaration>> prompts) {
        Declaration prompt = prompts.apply(exchange.pathParameter("name"))
                .orElseThrow(() -> Problem.of(ProblemCode.NOT_FOUND, "no such prompt"));
        return new Endpoint(
                METHOD,
                "/prompts/" + prompt.name(),
                new DeclaredPrompt(prompt),
                answer(prompt),
                Dialect.BROKER,
                prompt.units(),
                prompt.cache().map(cache -> new Recall.Policy(cache.shared(), cache.ttl())));
    }

    private static Answer answer(Declaration prompt) {
        return switch (prompt.form()) {
            case TEXT -> new Answer.Text(false);
            case JSON -> new Answer.Message();
            case MODEL_JSON -> new Answer.ModelJson();
            case SSE -> new Answer.Stream(Optional.of(StreamForm.SSE), prompt.drain());
            case NDJSON -> new Answer.Stream(Optional.of(StreamForm.LINES), prompt.drain());
        };
    }
}
