package gptbroker.dev;

import gptbroker.config.BrokerConfig;
import gptbroker.config.Secret;
import java.io.PrintStream;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Everything around the broker that was not configured to be elsewhere: data folder, Redis, Postgres, stand-in Supabase
 * and scripted model, started in this order and stopped in the reverse. Thread-safe once started.
 */
public final class DevStack implements AutoCloseable {
    /** The user that can sign in at once. */
    public static final String EMAIL = "dev@example.com";

    /** A second user, who must not see what is the first one's. */
    private static final String OTHER_EMAIL = "other@example.com";

    /** Its password: public, as the stand-in is on loopback alone. */
    public static final String PASSWORD = "dev-password";

    private final DataDir data;
    private final Deque<AutoCloseable> started = new ArrayDeque<>();
    private Optional<EmbeddedRedis> redis = Optional.empty();
    private Optional<EmbeddedPostgres> postgres = Optional.empty();
    private Optional<DevIssuer> issuer = Optional.empty();
    private Optional<ScriptedModel> model = Optional.empty();

    /**
     * What to start; the rest is configured to be elsewhere.
     *
     * @param redis no {@code REDIS_URL}
     * @param postgres no {@code DATABASE_URL}
     * @param supabase no {@code SUPABASE_URL}, and {@code broker dev}
     * @param model no {@code OPENAI_API_KEY}, and {@code broker dev}
     */
    public record Wanted(boolean redis, boolean postgres, boolean supabase, boolean model) {}

    private DevStack(DataDir data) {
        this.data = data;
    }

    /**
     * Starts what is wanted; when one fails, the others are stopped again.
     *
     * @throws DevException with a message for the developer
     */
    public static DevStack start(BrokerConfig.Dev dev, Wanted wanted) {
        var stack = new DevStack(DataDir.open(dev.dataDir()));
        try {
            DevEnv.remove(stack.data.path());
            stack.startAll(dev, wanted);
            return stack;
        } catch (RuntimeException e) {
            stack.close();
            throw e;
        }
    }

    private void startAll(BrokerConfig.Dev dev, Wanted wanted) {
        if (wanted.redis()) {
            redis = Optional.of(keep(EmbeddedRedis.start(data)));
        }
        if (wanted.postgres()) {
            postgres = Optional.of(keep(EmbeddedPostgres.start(data)));
        }
        if (wanted.supabase()) {
            // A port that changed would change the issuer's name, and with it every token's worth.
            int port = dev.supabasePort() == 0 ? data.port("supabase") : dev.supabasePort();
            var supabase = keep(DevIssuer.start(new DevIssuer.Settings(port, data.folder("supabase"))));
            supabase.ensureUser(EMAIL, PASSWORD);
            supabase.ensureUser(OTHER_EMAIL, PASSWORD);
            issuer = Optional.of(supabase);
        }
        if (wanted.model()) {
            model = Optional.of(keep(ScriptedModel.start(dev.modelPort())));
        }
    }

    private <T extends AutoCloseable> T keep(T part) {
        started.push(part);
        return part;
    }

    /** The variables that what was started stands for: to be laid over the environment before it is read. */
    public Map<String, String> environment() {
        var variables = new LinkedHashMap<String, String>();
        redis.ifPresent(it -> variables.put("REDIS_URL", it.url().reveal()));
        postgres.ifPresent(it -> variables.put("DATABASE_URL", it.url().reveal()));
        issuer.ifPresent(it -> {
            variables.put("SUPABASE_URL", it.url());
            variables.put("SUPABASE_ANON_KEY", it.anonKey());
            variables.put("SUPABASE_SERVICE_KEY", it.serviceKey());
        });
        model.ifPresent(it -> {
            variables.put("OPENAI_API_URL", it.url());
            variables.put("OPENAI_API_KEY", "sk-dev");
        });
        return variables;
    }

    /** An admin key for where none is configured; the same across starts. */
    public Secret adminKey() {
        return new Secret(data.secret("admin"));
    }

    /** The embedded Redis, if it was wanted. */
    public Optional<EmbeddedRedis> redis() {
        return redis;
    }

    /** The embedded Postgres, if it was wanted. */
    public Optional<EmbeddedPostgres> postgres() {
        return postgres;
    }

    /** The stand-in Supabase, if it was wanted. */
    public Optional<DevIssuer> issuer() {
        return issuer;
    }

    /** The scripted model, if it was wanted. */
    public Optional<ScriptedModel> model() {
        return model;
    }

    /**
     * Tells that the broker is ready: writes {@code dev.env} and prints the banner.
     *
     * @param config in force, with what {@link #environment} gave
     * @param baseUrl of the public listener
     * @param internalUrl of the internal listener
     */
    public void announce(BrokerConfig config, String baseUrl, String internalUrl, PrintStream out) {
        DevEnv.write(data.path(), variables(config, baseUrl, internalUrl));
        var banner = new DevBanner()
                .line("broker", baseUrl, "")
                .line("internal", internalUrl, "metrics, health, admin")
                .line("try it", config.dev().playground() ? baseUrl + "/playground" : "", "")
                .line("supabase", config.identity().supabaseUrl().toString(), issuer.isPresent() ? "stand-in" : "")
                .line("model", config.upstream().baseUrl().toString(), model.isPresent() ? "scripted, free" : "");
        redis.ifPresent(it -> banner.line("redis", "127.0.0.1:" + it.port(), "embedded"));
        postgres.ifPresent(it -> banner.line("postgres", "127.0.0.1:" + it.port(), "embedded"));
        issuer.ifPresent(it -> banner.line("user", EMAIL, "password: " + PASSWORD));
        banner.line("settings", DevEnv.in(data.path()).toString(), "");
        out.print(banner.text(
                baseUrl, issuer.map(it -> it.signIn(EMAIL, PASSWORD)).orElse("")));
        out.flush();
    }

    private Map<String, String> variables(BrokerConfig config, String baseUrl, String internalUrl) {
        var variables = new LinkedHashMap<String, String>();
        variables.put("BASE_URL", baseUrl);
        variables.put("SUPABASE_URL", config.identity().supabaseUrl().toString());
        config.identity().anonKey().ifPresent(key -> variables.put("SUPABASE_ANON_KEY", key.reveal()));
        issuer.ifPresent(it -> {
            variables.put("SUPABASE_EMAIL", EMAIL);
            variables.put("SUPABASE_PASSWORD", PASSWORD);
            variables.put("SUPABASE_OTHER_EMAIL", OTHER_EMAIL);
            variables.put("SUPABASE_OTHER_PASSWORD", PASSWORD);
        });
        variables.put("INTERNAL_URL", internalUrl);
        variables.put("ADMIN_URL", internalUrl);
        variables.put("MODEL_URL", config.upstream().baseUrl().toString());
        config.database().url().ifPresent(url -> variables.put("DATABASE_URL", url.reveal()));
        config.redis().url().ifPresent(url -> variables.put("REDIS_URL", url.reveal()));
        config.identity().adminKey().ifPresent(key -> variables.put("ADMIN_KEY", key.reveal()));
        return variables;
    }

    /** Removes {@code dev.env}, stops everything and gives the folder free. The broker must have drained before. */
    @Override
    public void close() {
        try (data) {
            DevEnv.remove(data.path());
            RuntimeException failure = null;
            while (!started.isEmpty()) {
                try {
                    started.pop().close();
                } catch (Exception e) {
                    failure = failure == null ? new DevException("A server did not stop: " + e, e) : failure;
                }
            }
            if (failure != null) {
                throw failure;
            }
        }
    }
}
