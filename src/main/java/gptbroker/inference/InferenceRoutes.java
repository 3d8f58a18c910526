package gptbroker.inference;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import gptbroker.config.InferenceConfig;
import gptbroker.http.Access;
import gptbroker.http.ClientGone;
import gptbroker.http.Dialect;
import gptbroker.http.Exchange;
import gptbroker.http.Handler;
import gptbroker.http.JsonAnswer;
import gptbroker.http.Route;
import gptbroker.identity.SharedToken;
import gptbroker.openai.Relay;
import gptbroker.problem.Problem;
import gptbroker.problem.ProblemCode;
import gptbroker.upstream.Call;
import gptbroker.upstream.Completion;
import gptbroker.upstream.Upstream;
import java.util.List;
import java.util.OptionalDouble;
import java.util.stream.Stream;

/**
 * What an inference process answers: {@code POST /chat/} as the original one did, and {@code /v1/*} for gateways. Both
 * want the shared token, and neither is for web pages: without a token a page on the same machine could spend the key.
 */
public final class InferenceRoutes {
    private static final String DEFAULT_MODEL = "gpt-4o-mini";
    /** What a browser, and nobody else, adds to a request of a page. */
    private static final List<String> OF_BROWSERS = List.of("Origin", "Sec-Fetch-Site");

    private final Upstream upstream;
    private final SharedToken token;
    private final String model;
    private final Relay relay;

    /** Joins the steps. */
    public InferenceRoutes(Upstream upstream, InferenceConfig config) {
        this.upstream = upstream;
        this.token = new SharedToken(config.token());
        this.model = config.model().orElse(DEFAULT_MODEL);
        this.relay = new Relay(upstream, config.upstream(), config.model());
    }

    /** Their routes. */
    public List<Route> routes() {
        return Stream.concat(
                        Stream.of(guarded("POST", "/chat", new Detail(), this::chat)),
                        Relay.methods().stream().map(method -> guarded(method, "/v1/*", Relay.DIALECT, relay::handle)))
                .toList();
    }

    private Route guarded(String method, String path, Dialect dialect, Handler handler) {
        return new Route(method, path, Access.CALLER, dialect, x -> {
            if (OF_BROWSERS.stream().anyMatch(name -> !x.headers(name).isEmpty())) {
                throw Problem.of(ProblemCode.ACCESS_DENIED, "asked by a web page");
            }
            token.require(x.headers("Authorization"));
            handler.handle(x);
        });
    }

    private void chat(Exchange x) throws ClientGone {
        byte[] messages = Conversation.messages(x.body());
        x.trace().model(model);
        long asked = System.nanoTime();
        try {
            Completion answer = upstream.complete(new Call(model, messages, OptionalDouble.empty()));
            answer.upstreamId().ifPresent(id -> x.header("X-Request-Id", id));
            x.trace().outcome("done");
            JsonAnswer.send(x, JsonNodeFactory.instance.objectNode().put("response", answer.text()));
        } catch (Problem failed) {
            throw x.interruption().map(Problem::of).orElse(failed);
        } finally {
            x.trace().upstreamSince(asked);
        }
    }
}
