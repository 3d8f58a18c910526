package gptbroker.faults;

import gptbroker.config.Secret;
import gptbroker.dev.DevIssuer;
import gptbroker.dev.ScriptedModel;
import gptbroker.testing.FaultProxy;
import gptbroker.testing.Ports;
import gptbroker.testing.Scratch;
import gptbroker.testing.TestPostgres;
import gptbroker.testing.TestRedis;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;

/**
 * A broker in a process of its own, with a Redis and a Postgres of its own behind proxies that misbehave on demand, and
 * an issuer and a model that never die.
 */
final class Site implements AutoCloseable {
    /** What a user may ask a day: so little that some of each run use it up. */
    static final int DAILY_LIMIT = 40;

    /** The longest that a running stream's text is not saved. */
    static final Duration CHECKPOINT = Duration.ofSeconds(2);

    final Path folder;
    final TestRedis redis;
    final TestPostgres postgres = TestPostgres.start();
    final FaultProxy redisProxy;
    final FaultProxy postgresProxy;
    final Secret database;
    final DevIssuer issuer;
    final ScriptedModel model = ScriptedModel.start(0);
    final BrokerProcess broker;
    final int port;
    /** How long admission waits; tests share their machine, where a slow moment must not look like a fault. */
    static final Duration REDIS_TIMEOUT = Duration.ofSeconds(2);

    /** How long a broker that was asked to stop goes on. */
    static final Duration DRAIN_DELAY = Duration.ofSeconds(4);

    private final Map<UUID, String> tokens = new ConcurrentHashMap<>();

    /** Starts all; {@code redisSettings} are further command line words of redis-server. */
    Site(String... redisSettings) {
        folder = Scratch.folder("faults");
        port = Ports.free();
        int internalPort = Ports.free();
        redis = TestRedis.start(redisSettings);
        redisProxy = new FaultProxy(redis.port());
        database = postgres.migrated();
        URI address = URI.create(database.reveal());
        postgresProxy = new FaultProxy(address.getPort());
        issuer = DevIssuer.start(new DevIssuer.Settings(0, folder.resolve("issuer")));
        broker = new BrokerProcess(folder, internalPort, environment(internalPort, address.getPath()));
        broker.start();
    }

    private Map<String, String> environment(int internalPort, String databasePath) {
        var environment = new HashMap<String, String>();
        environment.put("TENANT", "faults");
        environment.put("HOST", "127.0.0.1");
        environment.put("PORT", Integer.toString(port));
        environment.put("INTERNAL_PORT", Integer.toString(internalPort));
        environment.put("SUPABASE_URL", issuer.url());
        environment.put("OPENAI_API_URL", model.url());
        environment.put("OPENAI_API_KEY", "sk-test-key");
        environment.put("REDIS_URL", "redis://127.0.0.1:" + redisProxy.port());
        environment.put(
                "DATABASE_URL", "postgresql://postgres:postgres@localhost:" + postgresProxy.port() + databasePath);
        environment.put("DATA_DIR", folder.resolve("data").toString());
        // A call whose answer is held back takes up its connection; others must have theirs.
        environment.put("REDIS_CONNECTIONS", "6");
        environment.put("RATE_LIMIT", "0");
        environment.put("USER_CONCURRENCY", "8");
        environment.put("DAILY_LIMIT", Integer.toString(DAILY_LIMIT));
        // Nobody comes near these; what matters is that they are counted.
        environment.put("DAILY_TOKEN_LIMIT", "1000000000");
        environment.put("DAILY_COST_LIMIT_USD", "100000");
        environment.put("REDIS_TIMEOUT", REDIS_TIMEOUT.toSeconds() + "s");
        environment.put("DRAIN_DELAY", DRAIN_DELAY.toSeconds() + "s");
        environment.put("DRAIN_TIMEOUT", "2s");
        environment.put("DEAD_AFTER", Scale.wanted().deadAfter().toSeconds() + "s");
        environment.put("ARCHIVE_CHECKPOINT_INTERVAL", CHECKPOINT.toSeconds() + "s");
        return environment;
    }

    /** A valid access token; the issuer signs for any user. */
    String token(UUID user) {
        return tokens.computeIfAbsent(user, who -> issuer.mint(who).sign());
    }

    /** Ends all, and removes its files. */
    @Override
    public void close() {
        broker.close();
        redis.signal("CONT");
        redisProxy.close();
        postgresProxy.close();
        redis.close();
        postgres.close();
        model.close();
        issuer.close();
        Scratch.remove(folder);
    }
}
