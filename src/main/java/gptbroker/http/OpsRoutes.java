package gptbroker.http;

import gptbroker.ops.Health;
import gptbroker.ops.Scrape;
import gptbroker.ops.Totals;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** {@code /health}, {@code /livez}, {@code /readyz} and {@code /metrics}. */
public final class OpsRoutes {
    /** Every route that needs no identity, as method and path. */
    public static final Set<String> OPEN = Set.of("GET /health");

    private static final String JSON = "application/json; charset=utf-8";
    private static final String TEXT = "text/plain; charset=utf-8";

    private final Scrape scrape;
    private final Health health;

    /** The routes over these two. */
    public OpsRoutes(Scrape scrape, Health health) {
        this.scrape = scrape;
        this.health = health;
    }

    /** For both listeners: the public one shows the operator's routes to the operator alone. */
    public List<Route> routes() {
        return List.of(
                new Route("GET", "/health", Access.OPEN, Dialect.BARE, this::health),
                new Route("GET", "/livez", Access.OPERATOR, Dialect.BARE, x -> x.send(204)),
                new Route("GET", "/readyz", Access.OPERATOR, Dialect.BARE, this::ready),
                new Route("GET", "/metrics", Access.OPERATOR, Dialect.BARE, this::metrics));
    }

    private void health(Exchange x) throws ClientGone {
        boolean json = wantsJson(x);
        x.header("Cache-Control", "no-store");
        send(x, 200, json ? JSON : TEXT, json ? health.json() : "OK");
    }

    private void ready(Exchange x) throws ClientGone, InterruptedException {
        Health.Readiness readiness = health.readiness();
        send(x, readiness.ready() ? 200 : 503, JSON, readiness.json());
    }

    private void metrics(Exchange x) throws ClientGone {
        if (wantsJson(x)) {
            send(x, 200, JSON, Totals.of(scrape.text()).json());
        } else {
            send(x, 200, Scrape.CONTENT_TYPE, scrape.text());
        }
    }

    private static boolean wantsJson(Exchange x) {
        return x.headers("accept").stream()
                .anyMatch(accept -> accept.toLowerCase(Locale.ROOT).contains("application/json"));
    }

    private static void send(Exchange x, int status, String type, String body) throws ClientGone {
        x.send(status, type, body.getBytes(StandardCharsets.UTF_8));
    }
}
