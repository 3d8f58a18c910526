package gptbroker;

import gptbroker.config.InferenceConfig;
import gptbroker.http.BrokerServer;
import gptbroker.http.DocsRoutes;
import gptbroker.http.OpsRoutes;
import gptbroker.http.Route;
import gptbroker.identity.AdminKey;
import gptbroker.inference.InferenceRoutes;
import gptbroker.ops.Health;
import gptbroker.ops.Meters;
import gptbroker.ops.Scrape;
import gptbroker.upstream.Upstreams;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** An inference process, built from its configuration: listeners and the way to the provider, and no store. */
public final class InferenceParts implements Serving {
    private final Upstreams upstream;
    private final BrokerServer server;

    /** Builds everything; serves nothing yet. */
    public InferenceParts(InferenceConfig config) {
        var meters = new Meters();
        var health = new Health(Map.of(), InstantSource.system());
        upstream = Upstreams.open(config.upstream(), meters);
        List<Route> ops = Stream.of(
                        new OpsRoutes(new Scrape(meters), health).routes(),
                        new DocsRoutes("/openapi-inference.json").routes())
                .flatMap(List::stream)
                .toList();
        server = new BrokerServer(
                config.listen(),
                BrokerServer.Audience.PROGRAMS,
                Stream.concat(new InferenceRoutes(upstream, config).routes().stream(), ops.stream())
                        .toList(),
                ops,
                new AdminKey(config.adminKey())::matches,
                // A gateway is one address for all of its users.
                address -> Optional.empty(),
                meters,
                health);
    }

    @Override
    public void start() {
        server.start();
    }

    @Override
    public int publicPort() {
        return server.publicPort();
    }

    @Override
    public int internalPort() {
        return server.internalPort();
    }

    @Override
    public void drain() throws InterruptedException {
        server.drain();
    }

    @Override
    public void close() {
        server.close();
        upstream.close();
    }
}
