package gptbroker.config;

import static org.assertj.core.api.Assertions.assertThat;

import gptbroker.config.BrokerConfig.Access;
import gptbroker.config.BrokerConfig.OnRedisDown;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.ZoneId;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Pins every name and every default. */
class EnvTest {
    @TempDir
    Path directory;

    private static final Map<String, String> REQUIRED =
            Map.of("SUPABASE_URL", "https://ref.supabase.co", "OPENAI_API_KEY", "sk-1");

    @Test
    void everyDefault() {
        assertThat(new Env(REQUIRED, directory).serve())
                .isEqualTo(new BrokerConfig(
                        "default",
                        new BrokerConfig.Listen(
                                "0.0.0.0",
                                8080,
                                "127.0.0.1",
                                9464,
                                1 << 20,
                                10_000,
                                4096,
                                Duration.ofSeconds(10),
                                Duration.ofSeconds(30),
                                Duration.ofSeconds(600),
                                Duration.ofSeconds(5),
                                Duration.ofSeconds(20),
                                Set.of(),
                                List.of()),
                        new BrokerConfig.Identity(
                                URI.create("https://ref.supabase.co"),
                                URI.create("https://ref.supabase.co/auth/v1/.well-known/jwks.json"),
                                "https://ref.supabase.co/auth/v1",
                                Set.of("authenticated"),
                                Set.of("authenticated"),
                                Optional.empty(),
                                Optional.empty(),
                                Optional.empty(),
                                Optional.empty(),
                                false,
                                Duration.ofSeconds(30),
                                true,
                                false,
                                8192,
                                Duration.ofMinutes(10),
                                Duration.ofHours(6),
                                false),
                        new BrokerConfig.Limits(
                                50,
                                10,
                                Map.of(),
                                ZoneId.of("UTC"),
                                60,
                                600,
                                4,
                                Set.of(),
                                Access.OPEN,
                                OnRedisDown.CLOSED),
                        new BrokerConfig.V1(true, BrokerConfig.ProxyAuth.AUTO),
                        new BrokerConfig.Redis(Optional.empty(), "gb:default", 1, Duration.ofMillis(250), 2),
                        new BrokerConfig.Database(Optional.empty(), 4, true),
                        new BrokerConfig.Upstream(
                                URI.create("https://api.openai.com"),
                                Optional.of(new Secret("sk-1")),
                                Optional.empty(),
                                Optional.empty(),
                                Optional.empty(),
                                Map.of(),
                                Duration.ofSeconds(5),
                                Duration.ofSeconds(60),
                                Duration.ofSeconds(45),
                                Duration.ofSeconds(600),
                                2048,
                                8 << 20),
                        new BrokerConfig.Archive(0, 1_000_000, 500, Duration.ofSeconds(2), 16_384),
                        new BrokerConfig.Dev(Path.of("./data"), 54_321, 9090)));
    }

    @Test
    void everyName() throws Exception {
        Files.writeString(directory.resolve(".env"), EVERY_NAME);

        assertThat(new Env(Map.of(), directory).serve())
                .isEqualTo(new BrokerConfig(
                        "acme",
                        new BrokerConfig.Listen(
                                "127.0.0.2",
                                8011,
                                "10.1.2.3",
                                9000,
                                2048,
                                11,
                                12,
                                Duration.ofSeconds(1),
                                Duration.ofSeconds(2),
                                Duration.ofSeconds(3),
                                Duration.ofSeconds(4),
                                Duration.ofSeconds(6),
                                Set.of("https://app.example.com", "http://localhost:5173"),
                                List.of("10.0.0.0/8", "fd00::/8", "192.0.2.1")),
                        new BrokerConfig.Identity(
                                URI.create("http://supabase:8000"),
                                URI.create("http://keys/jwks"),
                                "https://issuer.example",
                                Set.of("a", "b"),
                                Set.of("r", "s"),
                                Optional.of(new Secret("jwt-secret-of-at-least-32-characters")),
                                Optional.of(new Secret("anon-key")),
                                Optional.of(new Secret("service-key")),
                                Optional.of(new Secret("admin#key-of-24-characters")),
                                true,
                                Duration.ofSeconds(60),
                                false,
                                true,
                                4096,
                                Duration.ofMinutes(1),
                                Duration.ofHours(2),
                                true),
                        new BrokerConfig.Limits(
                                51,
                                0,
                                Map.of("pro", 500L, "team", 2000L),
                                ZoneId.of("Europe/Berlin"),
                                7,
                                8,
                                9,
                                Set.of("8d3f6c4e-0000-4000-8000-00000000000a", "x-1"),
                                Access.ALLOWLIST,
                                OnRedisDown.LOCAL,
                                new Spending(
                                        new Budget(1_000, 250_000_000),
                                        new Budget(10, 1),
                                        Map.of(
                                                "pro",
                                                new Budget(5_000, 250_000_000),
                                                "team",
                                                new Budget(Budget.OFF, 2_500_000_000L)),
                                        77,
                                        Spending.UnknownPrice.MAX,
                                        Optional.of(Path.of("/etc/broker/models.yaml")))),
                        new BrokerConfig.V1(false, BrokerConfig.ProxyAuth.PASSTHROUGH),
                        new BrokerConfig.Redis(
                                Optional.of(new Secret("redis://:@redis-stack:6379")),
                                "p:q",
                                16,
                                Duration.ofMillis(100),
                                3,
                                Duration.ofSeconds(20)),
                        new BrokerConfig.Database(Optional.of(new Secret("postgresql://u:p@db:5432/name")), 5, false),
                        new BrokerConfig.Upstream(
                                URI.create("http://model:9090/base"),
                                Optional.of(new Secret("sk-2")),
                                Optional.of("org"),
                                Optional.of("proj"),
                                Optional.of(new Secret("http://u:p@proxy:3128")),
                                Map.of("gpt-4o", "mine"),
                                Duration.ofSeconds(1),
                                Duration.ofSeconds(2),
                                Duration.ofSeconds(3),
                                Duration.ofSeconds(4),
                                13,
                                1024),
                        new BrokerConfig.Archive(30, 2000, 100, Duration.ofSeconds(1), 2048),
                        new BrokerConfig.Dev(Path.of("/var/lib/broker"), 1, 2, true),
                        new BrokerConfig.Live(
                                Optional.of(new Secret("redis://live:6379")),
                                Duration.ofMinutes(1),
                                50,
                                20,
                                3,
                                true,
                                true),
                        new BrokerConfig.Cache(
                                Optional.of(new Secret("redis://cache:6379")),
                                Duration.ofMillis(50),
                                20L << 20,
                                Duration.ofMinutes(1),
                                false,
                                false,
                                true),
                        Optional.of(Path.of("/etc/broker/prompts.yaml")),
                        new BrokerConfig.Accounts(true, Duration.ofDays(30), 12, 7, 5),
                        new BrokerConfig.Chat(8000, 7)));
    }

    private static final String EVERY_NAME = """
            TENANT=acme
            HOST=127.0.0.2
            PORT=8011
            INTERNAL_HOST=10.1.2.3
            INTERNAL_PORT=9000
            MAX_BODY_BYTES=2048
            MAX_CONNECTIONS=11
            MAX_CONCURRENT_REQUESTS=12
            BODY_TIMEOUT=1s
            WRITE_TIMEOUT=2s
            REQUEST_TIMEOUT=PT3S
            DRAIN_DELAY=4000ms
            DRAIN_TIMEOUT=6s
            CORS_ORIGINS=https://app.example.com, http://localhost:5173
            TRUSTED_PROXIES=10.0.0.0/8,fd00::/8,192.0.2.1
            SUPABASE_URL=http://supabase:8000/
            SUPABASE_JWKS_URL=http://keys/jwks
            SUPABASE_JWT_ISSUER=https://issuer.example
            SUPABASE_JWT_AUDIENCES=a,b
            SUPABASE_JWT_ROLES=r,s
            SUPABASE_JWT_SECRET=jwt-secret-of-at-least-32-characters
            SUPABASE_ANON_KEY='anon-key'
            SUPABASE_SERVICE_KEY=service-key
            ADMIN_KEY="admin#key-of-24-characters"
            AUTH_STRICT=TRUE
            AUTH_STRICT_TTL=1m
            ALLOW_ANONYMOUS=false
            ALLOW_OAUTH_CLIENTS=true
            MAX_TOKEN_BYTES=4096
            JWKS_TTL=60s
            JWKS_MAX_STALE=1h60m
            BROKER_ACCEPT_LOCAL=true
            DAILY_LIMIT=51   # a comment
            ANONYMOUS_DAILY_LIMIT=0
            TIER_DAILY_LIMITS=pro=500, team=2000
            DAILY_TOKEN_LIMIT=1000
            ANONYMOUS_DAILY_TOKEN_LIMIT=10
            TIER_DAILY_TOKEN_LIMITS=pro=5000,team=off
            DAILY_COST_LIMIT_USD=0.25
            ANONYMOUS_DAILY_COST_LIMIT_USD=0.000000001
            TIER_DAILY_COST_LIMITS_USD=team=2.50
            BUDGET_ANSWER_TOKENS=77
            UNKNOWN_MODEL_PRICE=max
            MODELS_FILE=/etc/broker/models.yaml
            QUOTA_TIMEZONE=Europe/Berlin
            RATE_LIMIT=7
            ADDRESS_RATE_LIMIT=8
            USER_CONCURRENCY=9
            ID_WHITE_LIST=["8D3F6C4E-0000-4000-8000-00000000000A", "x-1"]
            ACCESS=allowlist
            ON_REDIS_DOWN=local
            V1_FOR_USERS=false
            PROXY_AUTH=passthrough
            REDIS_URL=redis://:@redis-stack:6379
            REDIS_PREFIX=p:q
            REDIS_PARTITIONS=16
            REDIS_TIMEOUT=100ms
            REDIS_CONNECTIONS=3
            DEAD_AFTER=20s
            DATABASE_URL=postgresql://u:p@db:5432/name
            DATABASE_POOL_SIZE=5
            DATABASE_MIGRATE=false
            OPENAI_API_URL=http://model:9090/base/v1/
            OPENAI_API_KEY=sk-2
            OPENAI_ORGANIZATION=org
            OPENAI_PROJECT=proj
            PROXY_URL=http://u:p@proxy:3128
            MODEL_MAP=gpt-4o=mine
            UPSTREAM_CONNECT_TIMEOUT=1s
            UPSTREAM_FIRST_BYTE_TIMEOUT=2s
            UPSTREAM_IDLE_TIMEOUT=3s
            UPSTREAM_TOTAL_TIMEOUT=4s
            UPSTREAM_MAX_CALLS=13
            UPSTREAM_MAX_ANSWER_BYTES=1024
            PROMPTS_FILE=/etc/broker/prompts.yaml
            MAX_CACHE_SIZE=20
            CACHE_TTL=1m
            CACHE_V1=false
            CACHE_QUERY=false
            CACHE_HITS_COUNT=true
            CACHE_REDIS_URL=redis://cache:6379
            CACHE_REDIS_TIMEOUT=50ms
            ACCOUNTS=on
            SESSION_TTL=30d
            PASSWORD_MIN_LENGTH=12
            CHAT_RATE_LIMIT=7
            SIGNUP_LIMIT=5
            ARCHIVE_RETENTION_DAYS=30
            ARCHIVE_HIGH_WATER=2000
            ARCHIVE_BATCH=100
            ARCHIVE_CHECKPOINT_INTERVAL=1s
            ARCHIVE_CHECKPOINT_BYTES=2048
            CHAT_CONTEXT_TOKENS=8000
            EVENT_RETENTION_DAYS=7
            LIVE_REDIS_URL=redis://live:6379
            LIVE_BUFFER_TTL=1m
            LIVE_BUFFER_FRAMES=50
            LIVE_STREAMS=20
            LIVE_STREAMS_PER_USER=3
            STREAM_ON_DISCONNECT=drain
            V1_ON_DISCONNECT=drain
            PLAYGROUND=true
            DATA_DIR=/var/lib/broker
            DEV_SUPABASE_PORT=1
            DEV_MODEL_PORT=2
            """;

    @Test
    void everyNameIsSetAbove() {
        var named = EVERY_NAME
                .lines()
                .map(line -> line.substring(0, line.indexOf('=')))
                .toList();

        // ADDRESS is HOST and PORT in one; who has an inference process has no key: EnvInferenceTest.
        assertThat(Variable.values())
                .filteredOn(variable -> variable.group() != Variable.Group.INFERENCE)
                .extracting(Variable::name)
                .filteredOn(name -> !name.equals("ADDRESS"))
                .containsExactlyInAnyOrderElementsOf(named);
    }

    @Test
    void devNeedsNothingAndPointsAtTheStandIns() {
        var env = new Env(Map.of("DEV_SUPABASE_PORT", "7001", "DEV_MODEL_PORT", "7002"), directory);

        assertThat(env.wantsDevIssuer()).isTrue();
        assertThat(env.wantsDevModel()).isTrue();
        assertThat(env.dev().identity().supabaseUrl()).hasToString("http://127.0.0.1:7001");
        assertThat(env.dev().identity().issuer()).isEqualTo("http://127.0.0.1:7001/auth/v1");
        assertThat(env.dev().upstream().baseUrl()).hasToString("http://127.0.0.1:7002");
    }

    @Test
    void devUsesTheRealOnesThatAreSet() {
        var env = new Env(REQUIRED, directory);

        assertThat(env.wantsDevIssuer()).isFalse();
        assertThat(env.wantsDevModel()).isFalse();
        assertThat(env.dev().identity().supabaseUrl()).hasToString("https://ref.supabase.co");
        assertThat(env.dev().upstream().baseUrl()).hasToString("https://api.openai.com");
    }

    @Test
    void exampleEnvIsTheTable() throws Exception {
        assertThat(Path.of("env/example.env"))
                .as("env/example.env is `broker config example`")
                .hasContent(Env.example());
    }
}
