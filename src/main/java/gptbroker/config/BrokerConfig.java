package gptbroker.config;

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.time.ZoneId;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The whole configuration, immutable. {@link Env} reads it; the names, defaults and meanings of the variables are in
 * {@code env/example.env}.
 *
 * @param tenant {@code TENANT}: names this tenant in keys and logs; lower case letters, digits, dash
 * @param promptsFile {@code PROMPTS_FILE}: declares the tenant's own endpoints; empty: none
 */
public record BrokerConfig(
        String tenant,
        Listen listen,
        Identity identity,
        Limits limits,
        V1 v1,
        Redis redis,
        Database database,
        Upstream upstream,
        Archive archive,
        Dev dev,
        Live live,
        Cache cache,
        Optional<Path> promptsFile,
        Accounts accounts,
        Chat chat) {
    /** Without prompts of the tenant's own and without a sign-up, live streams and cache as by default. */
    public BrokerConfig(
            String tenant,
            Listen listen,
            Identity identity,
            Limits limits,
            V1 v1,
            Redis redis,
            Database database,
            Upstream upstream,
            Archive archive,
            Dev dev) {
        this(
                tenant,
                listen,
                identity,
                limits,
                v1,
                redis,
                database,
                upstream,
                archive,
                dev,
                Live.DEFAULT,
                Cache.USUAL,
                Optional.empty(),
                Accounts.CLOSED,
                Chat.DEFAULT);
    }

    /**
     * The two listeners and what they bear.
     *
     * @param host {@code HOST}, default 0.0.0.0
     * @param port {@code PORT}, default 8080; 0 picks a free one
     * @param internalHost {@code INTERNAL_HOST}, default 127.0.0.1
     * @param internalPort {@code INTERNAL_PORT}, default 9464; 0 picks a free one
     * @param maxBody {@code MAX_BODY_BYTES}, default 1 MiB
     * @param maxConnections {@code MAX_CONNECTIONS}, default 10000
     * @param maxRequests {@code MAX_CONCURRENT_REQUESTS}, default 4096; above it 503 before any other work
     * @param bodyTimeout {@code BODY_TIMEOUT}, default 10 s for a whole request body
     * @param writeTimeout {@code WRITE_TIMEOUT}, default 30 s for one blocked write
     * @param requestTimeout {@code REQUEST_TIMEOUT}, default 600 s for a whole request
     * @param drainDelay {@code DRAIN_DELAY}, default 5 s in which a stopping broker still accepts, not ready
     * @param drainTimeout {@code DRAIN_TIMEOUT}, default 20 s for running requests to end
     * @param corsOrigins {@code CORS_ORIGINS}: origins that may send credentials; empty means {@code *} without
     * @param trustedProxies {@code TRUSTED_PROXIES}: CIDR blocks whose X-Forwarded-For is believed
     */
    public record Listen(
            String host,
            int port,
            String internalHost,
            int internalPort,
            int maxBody,
            int maxConnections,
            int maxRequests,
            Duration bodyTimeout,
            Duration writeTimeout,
            Duration requestTimeout,
            Duration drainDelay,
            Duration drainTimeout,
            Set<String> corsOrigins,
            List<String> trustedProxies) {
        public Listen {
            corsOrigins = Set.copyOf(corsOrigins);
            trustedProxies = List.copyOf(trustedProxies);
        }
    }

    /**
     * Who is believed.
     *
     * @param supabaseUrl {@code SUPABASE_URL}, required
     * @param jwksUrl {@code SUPABASE_JWKS_URL}, default {@code <SUPABASE_URL>/auth/v1/.well-known/jwks.json}
     * @param issuer {@code SUPABASE_JWT_ISSUER}, default {@code <SUPABASE_URL>/auth/v1}
     * @param audiences {@code SUPABASE_JWT_AUDIENCES}, default {@code authenticated}
     * @param roles {@code SUPABASE_JWT_ROLES}, default {@code authenticated}
     * @param jwtSecret {@code SUPABASE_JWT_SECRET}: turns HS256 on
     * @param anonKey {@code SUPABASE_ANON_KEY}: sent as {@code apikey} when keys are fetched, and recognised as "not
     *     signed in"
     * @param serviceKey {@code SUPABASE_SERVICE_KEY}: used only for {@code AUTH_STRICT}
     * @param adminKey {@code ADMIN_KEY}: the operator's credential
     * @param strict {@code AUTH_STRICT}: also asks {@code /auth/v1/user}, to see sign-out, ban and deletion
     * @param strictTtl {@code AUTH_STRICT_TTL}, default 30 s, 10-60 s
     * @param anonymousAllowed {@code ALLOW_ANONYMOUS}, default true
     * @param oauthClientsAllowed {@code ALLOW_OAUTH_CLIENTS}, default false: tokens with a {@code client_id}
     * @param maxTokenBytes {@code MAX_TOKEN_BYTES}, default 8192
     * @param jwksTtl {@code JWKS_TTL}, default 10 min
     * @param jwksMaxStale {@code JWKS_MAX_STALE}, default 6 h
     * @param acceptLocal {@code BROKER_ACCEPT_LOCAL}, default false: API keys and sessions at the broker's own endpoints
     */
    public record Identity(
            URI supabaseUrl,
            URI jwksUrl,
            String issuer,
            Set<String> audiences,
            Set<String> roles,
            Optional<Secret> jwtSecret,
            Optional<Secret> anonKey,
            Optional<Secret> serviceKey,
            Optional<Secret> adminKey,
            boolean strict,
            Duration strictTtl,
            boolean anonymousAllowed,
            boolean oauthClientsAllowed,
            int maxTokenBytes,
            Duration jwksTtl,
            Duration jwksMaxStale,
            boolean acceptLocal) {
        public Identity {
            audiences = Set.copyOf(audiences);
            roles = Set.copyOf(roles);
        }
    }

    /**
     * Accounts of our own.
     *
     * @param open {@code ACCOUNTS}, default off: whether anyone may sign up
     * @param sessionTtl {@code SESSION_TTL}, default 365 days
     * @param shortestPassword {@code PASSWORD_MIN_LENGTH}, default 6 characters
     * @param turnsPerMinute {@code CHAT_RATE_LIMIT}, default {@code RATE_LIMIT} if set, else 5 a key and minute at
     *     {@code POST /chat/}; 0 = off
     * @param signupsPerHour {@code SIGNUP_LIMIT}, default 60 an hour and client address; 0 = off
     */
    public record Accounts(
            boolean open, Duration sessionTtl, int shortestPassword, int turnsPerMinute, int signupsPerHour) {
        /** The defaults. */
        public static final Accounts CLOSED = new Accounts(false, Duration.ofDays(365), 6, 5, 60);
    }

    /**
     * Who may do how much.
     *
     * @param daily {@code DAILY_LIMIT}, default 50 requests; the {@code default} tier
     * @param anonymousDaily {@code ANONYMOUS_DAILY_LIMIT}, default 10
     * @param tierDaily {@code TIER_DAILY_LIMITS}: {@code pro=500,team=2000}; an unknown plan is the default tier
     * @param zone {@code QUOTA_TIMEZONE}, default UTC: whose midnight ends the day
     * @param ratePerMinute {@code RATE_LIMIT}, default 60 a minute and user, as burst too; 0 = off
     * @param addressRatePerMinute {@code ADDRESS_RATE_LIMIT}, default 10 × RATE_LIMIT a minute and client address;
     *     0 = off
     * @param concurrency {@code USER_CONCURRENCY}, default 4 calls at once and user; 0 = off
     * @param allowlist {@code ID_WHITE_LIST}: JSON array or comma list of user ids exempt from the day
     * @param access {@code ACCESS}: {@code open} (default) or {@code allowlist}, which lets only listed users in
     * @param onRedisDown {@code ON_REDIS_DOWN}: {@code closed} (default), {@code local} or {@code open}
     * @param spending tokens and dollars
     */
    public record Limits(
            long daily,
            long anonymousDaily,
            Map<String, Long> tierDaily,
            ZoneId zone,
            int ratePerMinute,
            int addressRatePerMinute,
            int concurrency,
            Set<String> allowlist,
            Access access,
            OnRedisDown onRedisDown,
            Spending spending) {
        /** Without a budget of tokens or dollars. */
        public Limits(
                long daily,
                long anonymousDaily,
                Map<String, Long> tierDaily,
                ZoneId zone,
                int ratePerMinute,
                int addressRatePerMinute,
                int concurrency,
                Set<String> allowlist,
                Access access,
                OnRedisDown onRedisDown) {
            this(
                    daily,
                    anonymousDaily,
                    tierDaily,
                    zone,
                    ratePerMinute,
                    addressRatePerMinute,
                    concurrency,
                    allowlist,
                    access,
                    onRedisDown,
                    Spending.UNLIMITED);
        }

        public Limits {
            tierDaily = Map.copyOf(tierDaily);
            allowlist = Set.copyOf(allowlist);
        }
    }

    /** Whether the allowlist is an exemption or a door. */
    public enum Access {
        OPEN,
        ALLOWLIST
    }

    /** What admission does while Redis is away: refuse, count in this process alone, or let everyone in. */
    public enum OnRedisDown {
        CLOSED,
        LOCAL,
        OPEN
    }

    /**
     * Who may use OpenAI's own paths, and with whose key.
     *
     * @param forUsers {@code V1_FOR_USERS}, default true: the project's users
     * @param auth {@code PROXY_AUTH}: {@code auto} (default), {@code shared} or {@code passthrough}
     */
    public record V1(boolean forUsers, ProxyAuth auth) {}

    /** Whose key goes to the provider: ours for our callers and else the caller's, ours alone, the caller's alone. */
    public enum ProxyAuth {
        AUTO,
        SHARED,
        PASSTHROUGH
    }

    /**
     * The durable Redis of counters and outbox.
     *
     * @param url {@code REDIS_URL}; empty starts the embedded one
     * @param prefix {@code REDIS_PREFIX}, default {@code gb:<tenant>}
     * @param partitions {@code REDIS_PARTITIONS}, default 1
     * @param timeout {@code REDIS_TIMEOUT}, default 250 ms: how long Redis may be silent until admission gives up
     * @param connections {@code REDIS_CONNECTIONS}, default 2 pipelined connections
     * @param deadAfter {@code DEAD_AFTER}, default 15 s: silence after which a broker is taken for dead
     */
    public record Redis(
            Optional<Secret> url,
            String prefix,
            int partitions,
            Duration timeout,
            int connections,
            Duration deadAfter) {
        /** With the default silence. */
        public Redis(Optional<Secret> url, String prefix, int partitions, Duration timeout, int connections) {
            this(url, prefix, partitions, timeout, connections, Duration.ofSeconds(15));
        }
    }

    /**
     * The archive's Postgres.
     *
     * @param url {@code DATABASE_URL}, {@code postgresql://user:password@host:port/name}; empty starts the embedded one
     * @param poolSize {@code DATABASE_POOL_SIZE}, default 4
     * @param migrate {@code DATABASE_MIGRATE}, default true: apply migrations at start
     */
    public record Database(Optional<Secret> url, int poolSize, boolean migrate) {}

    /**
     * The model's provider.
     *
     * @param baseUrl {@code OPENAI_API_URL}, default {@code https://api.openai.com}; a trailing {@code /v1} is dropped
     * @param apiKey {@code OPENAI_API_KEY}
     * @param organization {@code OPENAI_ORGANIZATION}
     * @param project {@code OPENAI_PROJECT}
     * @param proxyUrl {@code PROXY_URL}: outbound HTTP proxy
     * @param models {@code MODEL_MAP}: {@code gpt-4o=my-deployment,...}; what a public model name is called there
     * @param connectTimeout {@code UPSTREAM_CONNECT_TIMEOUT}, default 5 s
     * @param firstByteTimeout {@code UPSTREAM_FIRST_BYTE_TIMEOUT}, default 60 s
     * @param idleTimeout {@code UPSTREAM_IDLE_TIMEOUT}, default 45 s between chunks
     * @param totalTimeout {@code UPSTREAM_TOTAL_TIMEOUT}, default 600 s
     * @param maxCalls {@code UPSTREAM_MAX_CALLS}, default 2048 at once
     * @param maxAnswerBytes {@code UPSTREAM_MAX_ANSWER_BYTES}, default 8 MiB of one answer
     * @param inference who is called in the provider's place
     */
    public record Upstream(
            URI baseUrl,
            Optional<Secret> apiKey,
            Optional<String> organization,
            Optional<String> project,
            Optional<Secret> proxyUrl,
            Map<String, String> models,
            Duration connectTimeout,
            Duration firstByteTimeout,
            Duration idleTimeout,
            Duration totalTimeout,
            int maxCalls,
            int maxAnswerBytes,
            Inference inference) {
        public Upstream {
            models = Map.copyOf(models);
        }

        /** With further names, over which {@code MODEL_MAP} has the last word. */
        public Upstream withModels(Map<String, String> further) {
            var all = new HashMap<>(further);
            all.putAll(models);
            return new Upstream(
                    baseUrl,
                    apiKey,
                    organization,
                    project,
                    proxyUrl,
                    all,
                    connectTimeout,
                    firstByteTimeout,
                    idleTimeout,
                    totalTimeout,
                    maxCalls,
                    maxAnswerBytes,
                    inference);
        }

        /** Straight to the provider. */
        public Upstream(
                URI baseUrl,
                Optional<Secret> apiKey,
                Optional<String> organization,
                Optional<String> project,
                Optional<Secret> proxyUrl,
                Map<String, String> models,
                Duration connectTimeout,
                Duration firstByteTimeout,
                Duration idleTimeout,
                Duration totalTimeout,
                int maxCalls,
                int maxAnswerBytes) {
            this(
                    baseUrl,
                    apiKey,
                    organization,
                    project,
                    proxyUrl,
                    models,
                    connectTimeout,
                    firstByteTimeout,
                    idleTimeout,
                    totalTimeout,
                    maxCalls,
                    maxAnswerBytes,
                    Inference.NONE);
        }

        /**
         * The same limits towards an inference process: its token for a key, nothing of the provider's account, and no
         * outbound proxy.
         */
        public Upstream towards(URI process) {
            return new Upstream(
                    process,
                    inference.token(),
                    Optional.empty(),
                    Optional.empty(),
                    Optional.empty(),
                    models,
                    connectTimeout,
                    firstByteTimeout,
                    idleTimeout,
                    totalTimeout,
                    maxCalls,
                    maxAnswerBytes);
        }
    }

    /**
     * What is kept, and how long.
     *
     * @param retentionDays {@code ARCHIVE_RETENTION_DAYS}, default 0 = keep
     * @param highWater {@code ARCHIVE_HIGH_WATER}, default 1,000,000 outbox entries; above it admission answers 503
     * @param batch {@code ARCHIVE_BATCH}, default 500 outbox entries a transaction
     * @param checkpointEvery {@code ARCHIVE_CHECKPOINT_INTERVAL}, default 2 s of a running stream
     * @param checkpointBytes {@code ARCHIVE_CHECKPOINT_BYTES}, default 16384 of a running stream
     */
    public record Archive(
            int retentionDays, long highWater, int batch, Duration checkpointEvery, int checkpointBytes) {}

    /**
     * Answers that are given again.
     *
     * @param redisUrl {@code CACHE_REDIS_URL}: a Redis that may evict; empty: this process's memory
     * @param redisTimeout {@code CACHE_REDIS_TIMEOUT}, default 100 ms until an answer counts as unknown
     * @param maxBytes {@code MAX_CACHE_SIZE}, default 100 MB of memory; 0 = off
     * @param ttl {@code CACHE_TTL}, default 5 min
     * @param v1 {@code CACHE_V1}, default true: {@code /v1} is cached
     * @param query {@code CACHE_QUERY}, default true: {@code /query} of backend projects is cached
     * @param hitsCount {@code CACHE_HITS_COUNT}, default false: a cached answer costs what a new one does
     */
    public record Cache(
            Optional<Secret> redisUrl,
            Duration redisTimeout,
            long maxBytes,
            Duration ttl,
            boolean v1,
            boolean query,
            boolean hitsCount) {
        /** Every default. */
        public static final Cache USUAL = new Cache(
                Optional.empty(), Duration.ofMillis(100), 100L << 20, Duration.ofMinutes(5), true, true, false);

        /** Whether there is one. */
        public boolean isOn() {
            return maxBytes > 0;
        }
    }

    /**
     * {@code broker dev} and the local files.
     *
     * @param dataDir {@code DATA_DIR}, default {@code ./data}: embedded stores, spill
     * @param supabasePort {@code DEV_SUPABASE_PORT}, default 54321
     * @param modelPort {@code DEV_MODEL_PORT}, default 9090
     * @param playground {@code PLAYGROUND}, default false: whether {@code /playground} is there
     */
    public record Dev(Path dataDir, int supabasePort, int modelPort, boolean playground) {
        /** Without the playground. */
        public Dev(Path dataDir, int supabasePort, int modelPort) {
            this(dataDir, supabasePort, modelPort, false);
        }
    }

    /**
     * Live streams, and streams that outlive their connection.
     *
     * @param redisUrl {@code LIVE_REDIS_URL}: the Redis that buffers them; empty: the durable one
     * @param bufferTtl {@code LIVE_BUFFER_TTL}, default 5 min after the last frame
     * @param bufferFrames {@code LIVE_BUFFER_FRAMES}, default about 500 frames of a chat
     * @param streams {@code LIVE_STREAMS}, default 2000 readers a process
     * @param streamsPerUser {@code LIVE_STREAMS_PER_USER}, default 8 readers a caller and process
     * @param drainStream {@code STREAM_ON_DISCONNECT=drain}: answers of {@code /stream} are read on when the client has
     *     left, and can be resumed
     * @param drainV1 {@code V1_ON_DISCONNECT=drain}: the same for metered streams of {@code /v1/*}
     */
    public record Live(
            Optional<Secret> redisUrl,
            Duration bufferTtl,
            int bufferFrames,
            int streams,
            int streamsPerUser,
            boolean drainStream,
            boolean drainV1) {
        /** As without any of the variables. */
        public static final Live DEFAULT =
                new Live(Optional.empty(), Duration.ofMinutes(5), 500, 2000, 8, false, false);
    }

    /**
     * Chats and groups.
     *
     * @param contextTokens {@code CHAT_CONTEXT_TOKENS}, default 4096: what a model is told of a chat, the prompt included
     * @param eventRetentionDays {@code EVENT_RETENTION_DAYS}, default 30; 0 = keep
     */
    public record Chat(int contextTokens, int eventRetentionDays) {
        /** As without any of the variables. */
        public static final Chat DEFAULT = new Chat(4096, 30);
    }

    /** What becomes of an answer whose client has left. */
    public enum OnDisconnect {
        CANCEL,
        DRAIN
    }
}
