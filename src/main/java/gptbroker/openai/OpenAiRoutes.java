package gptbroker.openai;

import gptbroker.cache.ResponseCache;
import gptbroker.config.BrokerConfig;
import gptbroker.http.Access;
import gptbroker.http.Route;
import gptbroker.turn.Turns;
import gptbroker.upstream.Upstream;
import java.util.List;
import java.util.Set;

/** {@code /v1/*}: every path and method of OpenAI's API, for clients that need know nothing of a broker. */
public final class OpenAiRoutes {
    private static final String PATH = "/v1/*";
    static final List<String> METHODS = List.of("GET", "POST", "PUT", "PATCH", "DELETE");

    private final V1Path path;

    /**
     * Joins the steps.
     *
     * @param models names that a metric may show
     */
    public OpenAiRoutes(
            Turns turns,
            Upstream upstream,
            ResponseCache cache,
            Set<String> models,
            BrokerConfig.V1 v1,
            BrokerConfig.Upstream config,
            EventOutlets outlets) {
        path = new V1Path(turns, upstream, cache, models, v1, config, outlets);
    }

    /** Their routes. */
    public List<Route> routes() {
        return METHODS.stream()
                .map(method -> new Route(method, PATH, Access.CALLER, Relay.DIALECT, path::handle))
                .toList();
    }
}
