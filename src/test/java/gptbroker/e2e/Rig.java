package gptbroker.e2e;

import gptbroker.InferenceParts;
import gptbroker.Parts;
import gptbroker.config.BrokerConfig;
import gptbroker.config.Env;
import gptbroker.config.Role;
import gptbroker.config.Secret;
import gptbroker.dev.DevIssuer;
import gptbroker.dev.ScriptedModel;
import gptbroker.testing.Eventually;
import gptbroker.testing.Scratch;
import gptbroker.testing.TestPostgres;
import gptbroker.testing.TestRedis;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A whole broker on free ports, with a real Redis and Postgres, the stand-in issuer and the scripted model; configured
 * by environment variables like any other.
 */
public final class Rig implements AutoCloseable {
    private static final Duration WITHIN = Duration.ofSeconds(60);
    private static final AtomicInteger TENANTS = new AtomicInteger();
    private static final String PASSWORD = "correct-horse";
    private static final String KEY = "sk-test-key";
    private static final String INFERENCE_TOKEN = "inference-token-of-the-rig";
    private static final ThreadLocal<Boolean> THROUGH_INFERENCE = ThreadLocal.withInitial(() -> false);

    private final Path folder;
    private final DevIssuer issuer;
    private final ScriptedModel model;
    private final Secret database;
    private final Optional<InferenceParts> inference;
    private final Parts broker;
    private final String tenant;
    private final HttpClient http =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    private Rig(Map<String, String> variables, TestRedis redis, TestPostgres postgres) {
        folder = Scratch.folder("rig");
        issuer = DevIssuer.start(new DevIssuer.Settings(0, folder.resolve("issuer")));
        model = ScriptedModel.start(0);
        database = postgres.migrated();
        tenant = "t" + TENANTS.incrementAndGet();
        var environment = new HashMap<>(Map.of(
                "TENANT",
                tenant,
                "REDIS_PREFIX",
                tenant + "-" + UUID.randomUUID(),
                "HOST",
                "127.0.0.1",
                "PORT",
                "0",
                "INTERNAL_PORT",
                "0",
                "SUPABASE_URL",
                issuer.url(),
                "OPENAI_API_URL",
                model.url(),
                "REDIS_URL",
                redis.url(),
                "DATABASE_URL",
                database.reveal(),
                "DATA_DIR",
                folder.resolve("data").toString()));
        inference = THROUGH_INFERENCE.get() ? Optional.of(startInference()) : Optional.empty();
        environment.putAll(way());
        environment.put("RATE_LIMIT", "0");
        // Tests share their machine: a slow moment of a Redis that is there must not look like an outage.
        environment.put("REDIS_TIMEOUT", "5s");
        environment.put("DRAIN_DELAY", "0s");
        if (variables.containsKey("PLAYGROUND")) {
            environment.put("SUPABASE_ANON_KEY", issuer.anonKey());
        }
        environment.putAll(variables);
        BrokerConfig config = new Env(environment, folder).serve();
        broker = new Parts(config);
        broker.start();
        Eventually.within(
                Duration.ofSeconds(60), "ready", () -> internal("/readyz").statusCode() == 200);
    }

    /** From now on the brokers that this thread starts have no key, but a process that has. */
    static void throughInference(boolean on) {
        THROUGH_INFERENCE.set(on);
    }

    private Map<String, String> way() {
        return inference
                .map(it -> Map.of(
                        "INFERENCE_URL", "http://127.0.0.1:" + it.publicPort(), "INFERENCE_TOKEN", INFERENCE_TOKEN))
                .orElse(Map.of("OPENAI_API_KEY", KEY));
    }

    private InferenceParts startInference() {
        var parts = new InferenceParts(new Env(
                        Map.of(
                                "HOST",
                                "127.0.0.1",
                                "PORT",
                                "0",
                                "INTERNAL_PORT",
                                "0",
                                "OPENAI_API_URL",
                                model.url(),
                                "OPENAI_API_KEY",
                                KEY,
                                "INFERENCE_TOKEN",
                                INFERENCE_TOKEN),
                        folder)
                .inRole(Role.INFERENCE)
                .inference());
        parts.start();
        return parts;
    }

    /** A broker on the shared stores. */
    public static Rig start(Map<String, String> variables) {
        return new Rig(variables, TestRedis.shared(), TestPostgres.shared());
    }

    /** A broker on stores that the test may stop and kill. */
    public static Rig start(Map<String, String> variables, TestRedis redis, TestPostgres postgres) {
        return new Rig(variables, redis, postgres);
    }

    public DevIssuer issuer() {
        return issuer;
    }

    public ScriptedModel model() {
        return model;
    }

    /** The body of the last call that the model got. */
    public String lastAsked() {
        return send(HttpRequest.newBuilder(URI.create(model.url() + "/dev/last")))
                .body();
    }

    public Secret database() {
        return database;
    }

    public int port() {
        return broker.publicPort();
    }

    public int internalPort() {
        return broker.internalPort();
    }

    /** A new user. */
    public UUID user() {
        return issuer.createUser("u" + UUID.randomUUID() + "@example.com", PASSWORD, Map.of());
    }

    /** A valid access token of a user. */
    public String token(UUID user) {
        return issuer.mint(user).sign();
    }

    /** Sends a request and reads the whole answer as text. */
    public HttpResponse<String> send(HttpRequest.Builder request) {
        try {
            // The request's own time-out ends with the head of the answer. In a thread of its own, as what sendAsync
            // gives completes in the common pool, which a test may have filled.
            var answer =
                    new FutureTask<>(() -> http.send(request.timeout(WITHIN).build(), BodyHandlers.ofString()));
            Thread.startVirtualThread(answer);
            return answer.get(2 * WITHIN.toSeconds(), TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            throw e.getCause() instanceof IOException broken
                    ? new UncheckedIOException(broken)
                    : new IllegalStateException(e.getCause());
        } catch (InterruptedException | TimeoutException e) {
            throw new IllegalStateException(e);
        }
    }

    /** A request to the public listener. */
    public HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port() + path));
    }

    public HttpResponse<String> get(String path, String token) {
        return send(request(path).header("Authorization", "Bearer " + token));
    }

    public HttpResponse<String> post(String path, String token, String json) {
        return send(request(path)
                .header("Authorization", "Bearer " + token)
                .header("Content-Type", "application/json")
                .POST(BodyPublishers.ofString(json)));
    }

    /** One GET of the internal listener. */
    public HttpResponse<String> internal(String path) {
        return send(HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + internalPort() + path)));
    }

    /** Rows of the archive, columns joined with {@code |}. */
    public List<String> archive(String sql) {
        return TestPostgres.query(database, sql);
    }

    /** Waits until the archive answers a query so. */
    public void archived(String sql, List<String> expected) {
        Eventually.within(
                Duration.ofSeconds(60),
                sql + " gives " + expected,
                () -> archive(sql).equals(expected));
    }

    @Override
    public void close() {
        broker.close();
        inference.ifPresent(InferenceParts::close);
        model.close();
        issuer.close();
        Scratch.remove(folder);
    }
}
