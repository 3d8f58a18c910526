package gptbroker.live;

import gptbroker.config.BrokerConfig;
import gptbroker.http.BrokerServer;
import gptbroker.http.Dialect;
import gptbroker.http.Exchange;
import gptbroker.http.Parameters;
import gptbroker.identity.Authenticator;
import gptbroker.identity.Caller;
import gptbroker.identity.Realm;
import gptbroker.ops.Health;
import gptbroker.ops.Meters;
import gptbroker.ops.Scrape;
import gptbroker.problem.Problem;
import gptbroker.problem.ProblemCode;
import gptbroker.testing.TestRedis;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;

/** The live routes behind the real listener, over a real Redis; tokens are the callers' names. */
final class LiveServer implements AutoCloseable {
    static final String PATH = "/chat/stream";
    static final String PAGE = "https://app.example.com";

    /** How long a reader may be stuck; long, as those of a busy machine may be. */
    static final Duration WRITE = Duration.ofSeconds(30);

    /** Who may not hear anything. */
    final Set<String> removed = ConcurrentHashMap.newKeySet();

    /** How long the credentials of these callers are good, from when they are shown. */
    final Map<String, Duration> lifetimes = new ConcurrentHashMap<>();

    final Feed feed;
    final Scrape scrape;
    final BrokerServer server;

    LiveServer(String prefix, Set<String> origins, int seatsPerCaller, Duration ping, Duration check, Duration write) {
        var meters = new Meters();
        scrape = new Scrape(meters);
        var redis = new BrokerConfig.Redis(Optional.empty(), prefix, 1, Duration.ofSeconds(10), 1);
        feed = new Feed(TestRedis.shared().connections(), redis, BrokerConfig.Live.DEFAULT, meters);
        var routes = new LiveRoutes(
                feed,
                new Seats(1_000, seatsPerCaller),
                authenticator(),
                Realm.USERS,
                new Members(),
                origins,
                InstantSource.system(),
                new Listening.Rhythm(ping, check));
        var listen = new BrokerConfig.Listen(
                "127.0.0.1",
                0,
                "127.0.0.1",
                0,
                65_536,
                2_000,
                2_000,
                Duration.ofSeconds(5),
                write,
                // Shorter than the tests take: live streams have no total time.
                Duration.ofSeconds(3),
                Duration.ZERO,
                Duration.ofSeconds(10),
                Set.of(),
                List.of());
        server = new BrokerServer(
                listen,
                routes.routes(PATH, Dialect.BARE),
                List.of(),
                lines -> false,
                address -> Optional.empty(),
                meters,
                new Health(Map.of(), InstantSource.system()));
        server.start();
    }

    /** With long pauses, and no origin listed. */
    LiveServer() {
        this("live-" + UUID.randomUUID(), Set.of(), 8, Duration.ofSeconds(15), Duration.ofSeconds(30), WRITE);
    }

    int port() {
        return server.publicPort();
    }

    void publish(String topic, String json) {
        feed.publish(topic, json.getBytes(java.nio.charset.StandardCharsets.UTF_8));
    }

    private Authenticator authenticator() {
        return (headers, realm) -> {
            List<String> lines = headers.apply("Authorization");
            if (lines.isEmpty()) {
                throw Problem.of(ProblemCode.AUTHORIZATION_MISSING);
            }
            String name = lines.getFirst().replace("Bearer ", "");
            if (lines.size() > 1 || !name.startsWith("user")) {
                throw Problem.of(ProblemCode.TOKEN_INVALID);
            }
            Duration lifetime = lifetimes.get(name);
            Instant expiry = lifetime == null ? Instant.MAX : Instant.now().plus(lifetime);
            return new Caller(name, Caller.Kind.SUPABASE_USER, "default", false, Optional.empty(), expiry);
        };
    }

    private final class Members implements Audience {
        @Override
        public String enter(Caller caller, Exchange exchange) {
            String topic = Parameters.text(exchange, "id").orElseThrow(() -> Parameters.invalid("id"));
            require(caller, topic);
            return topic;
        }

        @Override
        public void require(Caller caller, String topic) {
            if (removed.contains(caller.id())) {
                throw Problem.of(ProblemCode.NOT_FOUND);
            }
        }
    }

    @Override
    public void close() {
        server.close();
        feed.close();
    }
}
