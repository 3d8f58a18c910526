package gptbroker.openai;

import gptbroker.cache.Lead;
import gptbroker.config.BrokerConfig;
import gptbroker.http.ClientGone;
import gptbroker.http.Dialect;
import gptbroker.http.Exchange;
import gptbroker.problem.Problem;
import gptbroker.problem.ProblemCode;
import gptbroker.upstream.RawAnswer;
import gptbroker.upstream.RawCall;
import gptbroker.upstream.Upstream;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * OpenAI's API with our key, for a caller that was let in already and counts and keeps for itself: nothing of an answer
 * is read or changed.
 *
 * <p>Thread-safe.
 */
public final class Relay {
    /** How its errors look. */
    public static final Dialect DIALECT = new Envelope();

    private static final Set<String> LABELS = Set.of("gpt-4o", "gpt-4o-mini");

    private final Upstream upstream;
    private final Map<String, String> models;
    private final Optional<String> only;

    /**
     * A relay.
     *
     * @param only the one model that may be asked for; what names no model is then refused, since any could be in it
     */
    public Relay(Upstream upstream, BrokerConfig.Upstream config, Optional<String> only) {
        this.upstream = upstream;
        this.models = config.models();
        this.only = only;
    }

    /**
     * Relays one request to {@code /v1/*}.
     *
     * @throws Problem {@code not_found} where only one model is served and this is no metered call, {@code
     *     model_unknown} for another model, {@code invalid_json}, and what the provider did wrong
     */
    public void handle(Exchange exchange) throws ClientGone, InterruptedException {
        RawCall call = call(exchange);
        try (RawAnswer answer = Passage.open(exchange, upstream, call)) {
            Passage.pass(exchange, answer, new Copy(Lead.NONE), () -> head(exchange, answer), () -> {});
            exchange.trace().outcome("passed");
        } catch (Problem failed) {
            throw exchange.interruption().map(Problem::of).orElse(failed);
        }
    }

    private RawCall call(Exchange exchange) {
        String path = exchange.pathParameter("*");
        Optional<Kind> metered = Kind.of(exchange.method(), path);
        if (metered.isEmpty()) {
            if (only.isPresent()) {
                throw Problem.of(ProblemCode.NOT_FOUND, "this process serves one model alone");
            }
            return Passage.call(exchange, path, "", exchange.body(), false);
        }
        CallBody body = CallBody.read(metered.get(), exchange.body());
        if (only.filter(model -> !model.equals(body.model())).isPresent()) {
            throw Problem.of(ProblemCode.MODEL_UNKNOWN, "this process serves another model");
        }
        exchange.trace()
                .model(
                        only.isPresent() || models.containsKey(body.model()) || LABELS.contains(body.model())
                                ? body.model()
                                : "other");
        String providers = models.getOrDefault(body.model(), body.model());
        byte[] renamed = providers.equals(body.model()) ? exchange.body() : body.renamed(providers);
        return Passage.call(exchange, metered.get().path(), body.model(), renamed, false);
    }

    /** The provider's id of the request takes the place of ours: the caller's archive is to have it. */
    private static void head(Exchange exchange, RawAnswer answer) {
        RelayHeaders.respond(exchange, answer.headers(), false);
        answer.upstreamId().ifPresent(id -> exchange.header("X-Request-Id", id));
        if (answer.status() >= 400) {
            exchange.trace().problem(ProblemCode.UPSTREAM_REJECTED);
            exchange.header("X-Error-Code", ProblemCode.UPSTREAM_REJECTED.code());
        }
        if (Passage.type(answer).startsWith("text/event-stream")) {
            exchange.header("X-Accel-Buffering", "no");
        }
    }

    /** Its methods. */
    public static List<String> methods() {
        return OpenAiRoutes.METHODS;
    }
}
