package gptbroker.openai;

import gptbroker.config.BrokerConfig;
import gptbroker.http.Access;
import gptbroker.http.Dialect;
import gptbroker.http.Route;
import gptbroker.turn.Turns;
import gptbroker.upstream.Upstream;
import java.util.List;
import java.util.stream.Stream;

/** {@code /v1/*}: every path and method of OpenAI's API, for clients that need know nothing of a broker. */
public final class OpenAiRoutes {
    private static final String PATH = "/v1/*";
    private static final Dialect DIALECT = new Envelope();

    private final V1Path path;

    /** Joins the steps. */
    public OpenAiRoutes(
            Turns turns, Upstream upstream, BrokerConfig.V1 v1, BrokerConfig.Upstream config, EventOutlets outlets) {
        path = new V1Path(turns, upstream, v1, config, outlets);
    }

    /** Their routes. */
    public List<Route> routes() {
        return Stream.of("GET", "POST", "PUT", "PATCH", "DELETE")
                .map(method -> new Route(method, PATH, Access.CALLER, DIALECT, path::handle))
                .toList();
    }
}
