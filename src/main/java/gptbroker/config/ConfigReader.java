package gptbroker.config;

import static gptbroker.config.Variable.*;
import static java.time.Duration.ZERO;
import static java.time.Duration.ofDays;
import static java.time.Duration.ofHours;
import static java.time.Duration.ofMillis;
import static java.time.Duration.ofMinutes;
import static java.time.Duration.ofSeconds;

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.regex.Pattern;

/** Builds {@link BrokerConfig} from the settings; limits are {@link LimitsReader}'s. */
final class ConfigReader {
    private static final Pattern TENANT_FORM = Pattern.compile("[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?");
    private static final Pattern PREFIX_FORM = Pattern.compile("[A-Za-z0-9:._-]{1,128}");
    private static final Pattern HOST_FORM = Pattern.compile("[A-Za-z0-9.:_%-]{1,253}");
    private static final Pattern WORD_FORM = Pattern.compile("\\S{1,2048}");
    private static final Duration LONGEST = ofHours(24);

    /** As RFC 7518 §3.2 demands; a shorter one can be found out from any token that it signed. */
    private static final int SHORTEST_HS256_SECRET = 32;

    static final int SHORTEST_ADMIN_KEY = 24;

    private final Settings settings;
    private final Consumer<String> mistakes;

    ConfigReader(Settings settings, Consumer<String> mistakes) {
        this.settings = settings;
        this.mistakes = mistakes;
    }

    /** For {@code serve}; without {@code SUPABASE_URL} the result is of no use but to find the other mistakes. */
    BrokerConfig read() {
        return read(URI.create("https://unset.invalid"), URI.create(OPENAI_API_URL.fallback()));
    }

    /** For {@code dev}: whoever is not set is a stand-in on loopback. */
    BrokerConfig readWithStandIns() {
        var supabase = loopback(settings.port(DEV_SUPABASE_PORT));
        var model = settings.isSet(OPENAI_API_KEY)
                ? URI.create(OPENAI_API_URL.fallback())
                : loopback(settings.port(DEV_MODEL_PORT));
        return read(supabase, model);
    }

    private static URI loopback(int port) {
        return URI.create("http://127.0.0.1:" + port);
    }

    private BrokerConfig read(URI supabase, URI model) {
        var tenant = tenant();
        return new BrokerConfig(
                tenant,
                listen(),
                identity(supabase),
                new LimitsReader(settings).read(),
                new BrokerConfig.V1(
                        settings.flag(V1_FOR_USERS), settings.choice(PROXY_AUTH, BrokerConfig.ProxyAuth.class)),
                redis(tenant),
                new BrokerConfig.Database(
                        database(), settings.whole(DATABASE_POOL_SIZE, 1, 100), settings.flag(DATABASE_MIGRATE)),
                upstream(model),
                archive(),
                dev(),
                live(),
                cache(),
                promptsFile(settings),
                accounts(),
                new BrokerConfig.Chat(
                        settings.whole(CHAT_CONTEXT_TOKENS, 100, 10_000_000),
                        settings.whole(EVENT_RETENTION_DAYS, 0, 36_500)));
    }

    private BrokerConfig.Accounts accounts() {
        return new BrokerConfig.Accounts(
                settings.choice(ACCOUNTS, OffOn.class) == OffOn.ON,
                settings.duration(SESSION_TTL, ofMinutes(1), ofDays(3_650)),
                settings.whole(PASSWORD_MIN_LENGTH, 1, 128),
                turnsPerMinute(),
                settings.whole(SIGNUP_LIMIT, 0, 1_000_000));
    }

    private int turnsPerMinute() {
        if (settings.isSet(CHAT_RATE_LIMIT)) {
            return settings.whole(CHAT_RATE_LIMIT, 0, 1_000_000);
        }
        return settings.isSet(RATE_LIMIT)
                ? settings.whole(RATE_LIMIT, 0, 1_000_000)
                : BrokerConfig.Accounts.CLOSED.turnsPerMinute();
    }

    /** The default first. */
    private enum OffOn {
        OFF,
        ON
    }

    String tenant() {
        return settings.matching(TENANT, TENANT_FORM, "lower case letters, digits and dashes, at most 63");
    }

    static Optional<Path> promptsFile(Settings settings) {
        return Optional.of(settings.path(PROMPTS_FILE)).filter(path -> settings.isSet(PROMPTS_FILE));
    }

    BrokerConfig.Listen listen() {
        int port = settings.port(PORT);
        int internalPort = settings.port(INTERNAL_PORT);
        if (port != 0 && port == internalPort) {
            mistakes.accept("PORT and INTERNAL_PORT are the same; expected two ports");
        }
        return new BrokerConfig.Listen(
                settings.matching(HOST, HOST_FORM, "a host name or address"),
                port,
                settings.matching(INTERNAL_HOST, HOST_FORM, "a host name or address"),
                internalPort,
                settings.whole(MAX_BODY_BYTES, 1_024, 64 << 20),
                settings.whole(MAX_CONNECTIONS, 1, 1_000_000),
                settings.whole(MAX_CONCURRENT_REQUESTS, 1, 1_000_000),
                settings.duration(BODY_TIMEOUT, ofMillis(100), LONGEST),
                settings.duration(WRITE_TIMEOUT, ofMillis(100), LONGEST),
                settings.duration(REQUEST_TIMEOUT, ofSeconds(1), LONGEST),
                settings.duration(DRAIN_DELAY, ZERO, LONGEST),
                settings.duration(DRAIN_TIMEOUT, ZERO, LONGEST),
                origins(),
                networks());
    }

    private Set<String> origins() {
        var origins = settings.set(CORS_ORIGINS);
        if (!origins.stream().allMatch(Hosts::isOrigin)) {
            settings.wrong(CORS_ORIGINS, "origins like https://app.example.com, without a path, and not *");
        }
        return origins;
    }

    private List<String> networks() {
        var networks = settings.list(TRUSTED_PROXIES);
        if (!networks.stream().allMatch(Hosts::isNetwork)) {
            settings.wrong(TRUSTED_PROXIES, "CIDR blocks like 10.0.0.0/8,fd00::/8");
        }
        return networks;
    }

    private BrokerConfig.Identity identity(URI fallback) {
        var supabase = settings.url(SUPABASE_URL, "https", "http").orElse(fallback);
        var jwks = settings.url(SUPABASE_JWKS_URL, "https", "http");
        var ttl = settings.duration(JWKS_TTL, ofSeconds(1), ofDays(1));
        var stale = settings.duration(JWKS_MAX_STALE, ofSeconds(1), ofDays(30));
        if (stale.compareTo(ttl) < 0) {
            mistakes.accept("JWKS_MAX_STALE is shorter than JWKS_TTL; expected the longer of the two");
        }
        if (settings.flag(AUTH_STRICT) && !settings.isSet(SUPABASE_SERVICE_KEY) && !settings.isSet(SUPABASE_ANON_KEY)) {
            mistakes.accept(
                    "AUTH_STRICT needs a key to ask Supabase with; expected SUPABASE_SERVICE_KEY or SUPABASE_ANON_KEY");
        }
        return new BrokerConfig.Identity(
                supabase,
                jwks.orElse(URI.create(supabase + "/auth/v1/.well-known/jwks.json")),
                settings.optional(SUPABASE_JWT_ISSUER).orElse(supabase + "/auth/v1"),
                some(SUPABASE_JWT_AUDIENCES),
                some(SUPABASE_JWT_ROLES),
                settings.secret(SUPABASE_JWT_SECRET, SHORTEST_HS256_SECRET),
                settings.secret(SUPABASE_ANON_KEY),
                settings.secret(SUPABASE_SERVICE_KEY),
                settings.secret(ADMIN_KEY, SHORTEST_ADMIN_KEY),
                settings.flag(AUTH_STRICT),
                settings.duration(AUTH_STRICT_TTL, ofSeconds(10), ofSeconds(60)),
                settings.flag(ALLOW_ANONYMOUS),
                settings.flag(ALLOW_OAUTH_CLIENTS),
                settings.whole(MAX_TOKEN_BYTES, 512, 65_536),
                ttl,
                stale,
                settings.flag(BROKER_ACCEPT_LOCAL));
    }

    private Set<String> some(Variable variable) {
        var items = settings.set(variable);
        if (items.isEmpty()) {
            settings.wrong(variable, "at least one value");
        }
        return items;
    }

    private BrokerConfig.Redis redis(String tenant) {
        settings.url(REDIS_URL, "redis", "rediss");
        var prefix = settings.matching(REDIS_PREFIX, PREFIX_FORM, "letters, digits and :._- alone, at most 128");
        return new BrokerConfig.Redis(
                settings.secret(REDIS_URL),
                prefix.isEmpty() ? "gb:" + tenant : prefix,
                settings.whole(REDIS_PARTITIONS, 1, 16_384),
                settings.duration(REDIS_TIMEOUT, ofMillis(10), ofSeconds(60)),
                settings.whole(REDIS_CONNECTIONS, 1, 64),
                settings.duration(DEAD_AFTER, ofSeconds(3), ofSeconds(600)));
    }

    private Optional<Secret> database() {
        settings.url(DATABASE_URL, "postgresql", "postgres")
                .filter(url -> url.getPath().length() < 2)
                .ifPresent(url -> settings.wrong(DATABASE_URL, "the database's name at its end: …host:port/name"));
        return settings.secret(DATABASE_URL);
    }

    BrokerConfig.Upstream upstream(URI fallback) {
        var base =
                settings.isSet(OPENAI_API_URL) ? settings.url(OPENAI_API_URL, "https", "http") : Optional.<URI>empty();
        settings.url(PROXY_URL, "http");
        var total = settings.duration(UPSTREAM_TOTAL_TIMEOUT, ofSeconds(1), LONGEST);
        return new BrokerConfig.Upstream(
                base.orElse(fallback),
                settings.secret(OPENAI_API_KEY),
                header(OPENAI_ORGANIZATION),
                header(OPENAI_PROJECT),
                settings.secret(PROXY_URL),
                settings.map(MODEL_MAP, "public=provider's name, as in gpt-4o=my-deployment"),
                within(UPSTREAM_CONNECT_TIMEOUT, total),
                within(UPSTREAM_FIRST_BYTE_TIMEOUT, total),
                within(UPSTREAM_IDLE_TIMEOUT, total),
                total,
                settings.whole(UPSTREAM_MAX_CALLS, 1, 1_000_000),
                settings.whole(UPSTREAM_MAX_ANSWER_BYTES, 1_024, 1 << 30),
                new InferenceReader(settings, mistakes).callee());
    }

    private Optional<String> header(Variable variable) {
        return Optional.of(settings.matching(variable, WORD_FORM, "one word")).filter(value -> !value.isEmpty());
    }

    /** Set, it must not exceed the total; as a default it gives way to a shorter total. */
    private Duration within(Variable variable, Duration total) {
        var longest = settings.isSet(variable) ? total : LONGEST;
        var value = settings.duration(variable, ofMillis(100), longest);
        return value.compareTo(total) < 0 ? value : total;
    }

    private BrokerConfig.Archive archive() {
        return new BrokerConfig.Archive(
                settings.whole(ARCHIVE_RETENTION_DAYS, 0, 36_500),
                settings.number(ARCHIVE_HIGH_WATER, 1, 1_000_000_000),
                settings.whole(ARCHIVE_BATCH, 1, 5_000),
                settings.duration(ARCHIVE_CHECKPOINT_INTERVAL, ofMillis(100), ofMinutes(10)),
                settings.whole(ARCHIVE_CHECKPOINT_BYTES, 1_024, 16 << 20));
    }

    private BrokerConfig.Cache cache() {
        settings.url(CACHE_REDIS_URL, "redis", "rediss");
        return new BrokerConfig.Cache(
                settings.secret(CACHE_REDIS_URL),
                settings.duration(CACHE_REDIS_TIMEOUT, ofMillis(1), ofSeconds(10)),
                settings.number(MAX_CACHE_SIZE, 0, 1 << 20) << 20,
                settings.duration(CACHE_TTL, ofSeconds(1), ofDays(30)),
                settings.flag(CACHE_V1),
                settings.flag(CACHE_QUERY),
                settings.flag(CACHE_HITS_COUNT));
    }

    private BrokerConfig.Live live() {
        settings.url(LIVE_REDIS_URL, "redis", "rediss");
        return new BrokerConfig.Live(
                settings.secret(LIVE_REDIS_URL),
                settings.duration(LIVE_BUFFER_TTL, ofSeconds(10), ofHours(24)),
                settings.whole(LIVE_BUFFER_FRAMES, 10, 100_000),
                settings.whole(LIVE_STREAMS, 0, 1_000_000),
                settings.whole(LIVE_STREAMS_PER_USER, 1, 1_000_000),
                drains(STREAM_ON_DISCONNECT),
                drains(V1_ON_DISCONNECT));
    }

    private boolean drains(Variable variable) {
        return settings.choice(variable, BrokerConfig.OnDisconnect.class) == BrokerConfig.OnDisconnect.DRAIN;
    }

    private BrokerConfig.Dev dev() {
        if (settings.flag(PLAYGROUND) && !settings.isSet(SUPABASE_ANON_KEY)) {
            mistakes.accept("PLAYGROUND needs the project's public key to sign in with; expected SUPABASE_ANON_KEY");
        }
        return new BrokerConfig.Dev(
                settings.path(DATA_DIR),
                settings.port(DEV_SUPABASE_PORT),
                settings.port(DEV_MODEL_PORT),
                settings.flag(PLAYGROUND));
    }
}
