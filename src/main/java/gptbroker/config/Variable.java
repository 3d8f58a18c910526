package gptbroker.config;

import static gptbroker.config.Variable.Group.ACCOUNT;
import static gptbroker.config.Variable.Group.ARCHIVE;
import static gptbroker.config.Variable.Group.CACHE;
import static gptbroker.config.Variable.Group.CHATS;
import static gptbroker.config.Variable.Group.DATABASE;
import static gptbroker.config.Variable.Group.DEV;
import static gptbroker.config.Variable.Group.IDENTITY;
import static gptbroker.config.Variable.Group.INFERENCE;
import static gptbroker.config.Variable.Group.LIMITS;
import static gptbroker.config.Variable.Group.LISTEN;
import static gptbroker.config.Variable.Group.LIVE;
import static gptbroker.config.Variable.Group.PROMPTS;
import static gptbroker.config.Variable.Group.REDIS;
import static gptbroker.config.Variable.Group.UPSTREAM;
import static gptbroker.config.Variable.Group.V1;
import static gptbroker.config.Variable.Kind.PLAIN;
import static gptbroker.config.Variable.Kind.SECRET;
import static gptbroker.config.Variable.Kind.SECRET_ADDRESS;

import java.util.List;
import java.util.stream.Stream;

/**
 * Every variable the broker reads: the one table from which reading, the masked print and {@code env/example.env} are
 * derived. A constant's name is the variable's name.
 */
public enum Variable {
    TENANT(
            LISTEN,
            PLAIN,
            "default",
            "Names this tenant in Redis keys and logs: lower case letters, digits, dash. Never change it later."),
    HOST(LISTEN, PLAIN, "0.0.0.0", "Address of the public listener."),
    PORT(LISTEN, PLAIN, "8080", "Port of the public listener; 0 picks a free one."),
    ADDRESS(LISTEN, PLAIN, "", "HOST and PORT in one, as in :8080 or 127.0.0.1:8080; instead of those two."),
    INTERNAL_HOST(LISTEN, PLAIN, "127.0.0.1", "Address of the internal listener: metrics, probes, admin."),
    INTERNAL_PORT(LISTEN, PLAIN, "9464", "Port of the internal listener; 0 picks a free one."),
    MAX_BODY_BYTES(LISTEN, PLAIN, "1048576", "Largest request body; a larger one is 413."),
    MAX_CONNECTIONS(LISTEN, PLAIN, "10000", "Open client connections at once."),
    MAX_CONCURRENT_REQUESTS(LISTEN, PLAIN, "4096", "Requests at once; above it 503 before any other work."),
    BODY_TIMEOUT(LISTEN, PLAIN, "10s", "For a whole request body to arrive."),
    WRITE_TIMEOUT(LISTEN, PLAIN, "30s", "For one write to a client that does not read."),
    REQUEST_TIMEOUT(LISTEN, PLAIN, "600s", "For a whole request, streams included."),
    DRAIN_DELAY(LISTEN, PLAIN, "5s", "A stopping broker still accepts for so long, reported as not ready."),
    DRAIN_TIMEOUT(LISTEN, PLAIN, "20s", "Then running requests have so long to end."),
    CORS_ORIGINS(LISTEN, PLAIN, "", "Origins that may send credentials, comma list; empty: any origin, without."),
    TRUSTED_PROXIES(LISTEN, PLAIN, "", "CIDR blocks, comma list, whose X-Forwarded-For is believed."),

    SUPABASE_URL(IDENTITY, PLAIN, "", "The Supabase project, https://<ref>.supabase.co. Required."),
    SUPABASE_JWKS_URL(IDENTITY, PLAIN, "", "Its public keys; empty: <SUPABASE_URL>/auth/v1/.well-known/jwks.json."),
    SUPABASE_JWT_ISSUER(IDENTITY, PLAIN, "", "The iss that tokens must carry; empty: <SUPABASE_URL>/auth/v1."),
    SUPABASE_JWT_AUDIENCES(IDENTITY, PLAIN, "authenticated", "Accepted aud values, comma list."),
    SUPABASE_JWT_ROLES(IDENTITY, PLAIN, "authenticated", "Accepted role values, comma list."),
    SUPABASE_JWT_SECRET(IDENTITY, SECRET, "", "The project's legacy JWT secret; set, HS256 tokens are accepted too."),
    SUPABASE_ANON_KEY(IDENTITY, SECRET, "", "The project's public key; as a bearer it means \"not signed in\"."),
    SUPABASE_SERVICE_KEY(IDENTITY, SECRET, "", "The project's service key; used only for AUTH_STRICT."),
    ADMIN_KEY(IDENTITY, SECRET, "", "The operator's credential; 24 random characters or more."),
    AUTH_STRICT(IDENTITY, PLAIN, "false", "Also ask Supabase about each token: sees sign-out, ban and deletion."),
    AUTH_STRICT_TTL(IDENTITY, PLAIN, "30s", "How long that answer is kept, 10s to 60s."),
    ALLOW_ANONYMOUS(IDENTITY, PLAIN, "true", "Let Supabase's anonymous users in."),
    ALLOW_OAUTH_CLIENTS(IDENTITY, PLAIN, "false", "Let tokens of third-party OAuth clients (client_id) in."),
    MAX_TOKEN_BYTES(IDENTITY, PLAIN, "8192", "Longest token looked at."),
    BROKER_ACCEPT_LOCAL(
            IDENTITY, PLAIN, "false", "Let API keys and sessions of our own call the users' prompt endpoints too."),
    JWKS_TTL(IDENTITY, PLAIN, "10m", "How long fetched keys are fresh."),
    JWKS_MAX_STALE(IDENTITY, PLAIN, "6h", "How long they are used while Supabase cannot be reached; then 503."),

    ACCOUNTS(
            ACCOUNT,
            PLAIN,
            "off",
            "on: anyone may sign up at /user/signup and /signup/ and use chats and /v1; off: only who has an account "
                    + "already, and Supabase users. `broker dev`: on."),
    SESSION_TTL(ACCOUNT, PLAIN, "365d", "How long a sign-in lasts."),
    PASSWORD_MIN_LENGTH(ACCOUNT, PLAIN, "6", "Shortest new password, in characters; 8 or more is better."),
    CHAT_RATE_LIMIT(
            ACCOUNT,
            PLAIN,
            "",
            "Turns a key and minute at POST /chat/; 0: off; empty: RATE_LIMIT if that is set, else 5."),
    SIGNUP_LIMIT(ACCOUNT, PLAIN, "60", "New accounts an hour and client address; 0: off."),

    DAILY_LIMIT(LIMITS, PLAIN, "50", "Requests a user and day."),
    ANONYMOUS_DAILY_LIMIT(LIMITS, PLAIN, "10", "Requests an anonymous user and day."),
    TIER_DAILY_LIMITS(LIMITS, PLAIN, "", "By app_metadata.plan, as in pro=500,team=2000; others: DAILY_LIMIT."),
    DAILY_TOKEN_LIMIT(LIMITS, PLAIN, "", "Tokens a user and day, prompts and answers together; empty: any number."),
    ANONYMOUS_DAILY_TOKEN_LIMIT(LIMITS, PLAIN, "", "The same of an anonymous user; empty: DAILY_TOKEN_LIMIT."),
    TIER_DAILY_TOKEN_LIMITS(
            LIMITS, PLAIN, "", "By app_metadata.plan, as in pro=500000,team=off; others: DAILY_TOKEN_LIMIT."),
    DAILY_COST_LIMIT_USD(LIMITS, PLAIN, "", "Dollars a user and day, as in 0.25, by the prices of the models."),
    ANONYMOUS_DAILY_COST_LIMIT_USD(LIMITS, PLAIN, "", "The same of an anonymous user; empty: DAILY_COST_LIMIT_USD."),
    TIER_DAILY_COST_LIMITS_USD(
            LIMITS, PLAIN, "", "By app_metadata.plan, as in pro=2.50,team=off; others: DAILY_COST_LIMIT_USD."),
    BUDGET_ANSWER_TOKENS(
            LIMITS,
            PLAIN,
            "1000",
            "What a call without max_tokens holds of these budgets for its answer while it runs."),
    UNKNOWN_MODEL_PRICE(
            LIMITS,
            PLAIN,
            "refuse",
            "A model without a price, for users with a limit in dollars: refuse, free, or max (as the dearest known)."),
    QUOTA_TIMEZONE(LIMITS, PLAIN, "UTC", "Whose midnight ends the day, as in Europe/Berlin."),
    RATE_LIMIT(LIMITS, PLAIN, "60", "Requests a user and minute, as a burst too; 0: off."),
    ADDRESS_RATE_LIMIT(LIMITS, PLAIN, "", "Requests a client address and minute; 0: off; empty: 10 times RATE_LIMIT."),
    USER_CONCURRENCY(LIMITS, PLAIN, "4", "Calls at once and user; 0: off."),
    ID_WHITE_LIST(LIMITS, PLAIN, "[]", "User ids exempt from the daily limit, JSON array or comma list."),
    ACCESS(LIMITS, PLAIN, "open", "open, or allowlist: only users of ID_WHITE_LIST may call."),
    ON_REDIS_DOWN(LIMITS, PLAIN, "closed", "Without Redis: closed (503), local (count in this process) or open."),

    V1_FOR_USERS(V1, PLAIN, "true", "Let the project's users call /v1/* with the shared key, within their limits."),
    PROXY_AUTH(
            V1,
            PLAIN,
            "auto",
            "auto: our callers use the shared key, a bearer that is none of ours (sk-…) passes through with its own; "
                    + "shared: our callers only; passthrough: foreign keys only."),

    REDIS_URL(
            REDIS,
            SECRET_ADDRESS,
            "",
            "redis://[user[:password]@]host:port[/db] or rediss://; empty starts an embedded one.",
            "REDIS_ADDRESS",
            "REDIS_HOST"),
    REDIS_PREFIX(REDIS, PLAIN, "", "Start of every key; empty: gb:<TENANT>."),
    REDIS_PARTITIONS(REDIS, PLAIN, "1", "Hash slots that users are spread over, for a Redis Cluster. Never change it."),
    REDIS_TIMEOUT(REDIS, PLAIN, "250ms", "How long Redis may be silent until admission gives up."),
    REDIS_CONNECTIONS(REDIS, PLAIN, "2", "Pipelined connections to Redis."),
    DEAD_AFTER(
            REDIS,
            PLAIN,
            "15s",
            "A broker that Redis has not heard of for so long is dead: the others close its calls. The same on all."),

    DATABASE_URL(
            DATABASE,
            SECRET_ADDRESS,
            "",
            "postgresql://user:password@host:port/name of the archive; empty starts an embedded one.",
            "DB_ADDRESS"),
    DATABASE_POOL_SIZE(DATABASE, PLAIN, "4", "Connections to Postgres."),
    DATABASE_MIGRATE(DATABASE, PLAIN, "true", "Apply migrations at start."),

    OPENAI_API_URL(
            UPSTREAM,
            PLAIN,
            "https://api.openai.com",
            "The provider, OpenAI-compatible or Azure; with or without /v1.",
            "API_URL",
            "OPENAI_BASE_URL"),
    OPENAI_API_KEY(UPSTREAM, SECRET, "", "The provider's key. Required for OpenAI and Azure.", "API_KEY"),
    OPENAI_ORGANIZATION(UPSTREAM, PLAIN, "", "Sent as OpenAI-Organization."),
    OPENAI_PROJECT(UPSTREAM, PLAIN, "", "Sent as OpenAI-Project."),
    PROXY_URL(UPSTREAM, SECRET_ADDRESS, "", "Outbound HTTP proxy, http://[user:password@]host:port."),
    MODEL_MAP(UPSTREAM, PLAIN, "", "What public model names are called there, as in gpt-4o=my-deployment."),
    UPSTREAM_CONNECT_TIMEOUT(UPSTREAM, PLAIN, "5s", "To reach the provider."),
    UPSTREAM_FIRST_BYTE_TIMEOUT(UPSTREAM, PLAIN, "60s", "For its answer to begin."),
    UPSTREAM_IDLE_TIMEOUT(UPSTREAM, PLAIN, "45s", "Between two chunks of a stream."),
    UPSTREAM_TOTAL_TIMEOUT(UPSTREAM, PLAIN, "600s", "For a whole answer."),
    UPSTREAM_MAX_CALLS(UPSTREAM, PLAIN, "2048", "Calls to the provider at once."),
    UPSTREAM_MAX_ANSWER_BYTES(UPSTREAM, PLAIN, "8388608", "Largest answer."),

    MODELS_FILE(
            UPSTREAM, PLAIN, "", "Your own models and prices, a YAML file (docs/models.md); empty: built-in prices."),
    INFERENCE_URL(
            INFERENCE,
            PLAIN,
            "",
            "Calls go to the `serve --role inference` there, which alone has the provider's key; none may be set here."),
    INFERENCE_ROUTING(
            INFERENCE,
            PLAIN,
            "",
            "By public model name, JSON, as in {\"gpt-4o\":\"http://gpt-4o:8000\"}; others: INFERENCE_URL, else refused."),
    INFERENCE_TOKEN(
            INFERENCE,
            SECRET,
            "",
            "What both sides share, 24 random characters or more. Required in the inference role, unless HOST is loopback or private."),
    MODEL_NAME(INFERENCE, PLAIN, "", "In the inference role: the only model it serves; empty: any."),

    PROMPTS_FILE(PROMPTS, PLAIN, "", "Your own endpoints, a YAML file (docs/prompts.md); empty: none."),

    MAX_CACHE_SIZE(CACHE, PLAIN, "100", "Megabytes of memory for answers that may be given again; 0: no cache."),
    CACHE_TTL(CACHE, PLAIN, "5m", "How long an answer may be given again; a prompt of your own says it itself."),
    CACHE_V1(CACHE, PLAIN, "true", "Cache /v1: GETs, chat/completions, completions and embeddings, each caller's own."),
    CACHE_QUERY(CACHE, PLAIN, "true", "Cache /query, each backend project's own."),
    CACHE_HITS_COUNT(CACHE, PLAIN, "false", "Charge a cached answer as a new one; else it costs nothing of the day."),
    CACHE_REDIS_URL(
            CACHE,
            SECRET_ADDRESS,
            "",
            "A Redis of its own, which may evict, shared by replicas; empty: each process's memory."),
    CACHE_REDIS_TIMEOUT(CACHE, PLAIN, "100ms", "Until an answer that does not come from there counts as unknown."),

    ARCHIVE_RETENTION_DAYS(ARCHIVE, PLAIN, "0", "Days that inputs and responses are kept; 0: for ever."),
    ARCHIVE_HIGH_WATER(ARCHIVE, PLAIN, "1000000", "Outbox entries waiting for Postgres; above it calls are 503."),
    ARCHIVE_BATCH(ARCHIVE, PLAIN, "500", "Outbox entries a transaction."),
    ARCHIVE_CHECKPOINT_INTERVAL(ARCHIVE, PLAIN, "2s", "How often a running stream's text is saved."),
    ARCHIVE_CHECKPOINT_BYTES(ARCHIVE, PLAIN, "16384", "Or after so much new text."),

    CHAT_CONTEXT_TOKENS(
            CHATS,
            PLAIN,
            "4096",
            "What a model is told of a chat at most, the prompt included; a token counts as three bytes."),
    EVENT_RETENTION_DAYS(
            CHATS, PLAIN, "30", "Days that it is kept who called what of accounts, chats and groups; 0: for ever."),

    LIVE_REDIS_URL(LIVE, SECRET_ADDRESS, "", "The Redis that buffers live and resumable streams; empty: REDIS_URL."),
    LIVE_BUFFER_TTL(LIVE, PLAIN, "5m", "How long after its last frame a stream can be resumed."),
    LIVE_BUFFER_FRAMES(LIVE, PLAIN, "500", "Frames of a chat that a reader who was away can still get, about."),
    LIVE_STREAMS(LIVE, PLAIN, "2000", "Readers at once and process; fewer than MAX_CONCURRENT_REQUESTS."),
    LIVE_STREAMS_PER_USER(LIVE, PLAIN, "8", "Readers at once, caller and process."),
    STREAM_ON_DISCONNECT(
            LIVE,
            PLAIN,
            "cancel",
            "When the client of /stream leaves: cancel the answer; or drain it, so that GET /streams/{id} gets the rest."),
    V1_ON_DISCONNECT(LIVE, PLAIN, "cancel", "The same for metered streams of /v1/*: cancel or drain."),

    PLAYGROUND(DEV, PLAIN, "false", "A page to sign in and ask, open to everyone, at /playground; on in `broker dev`."),
    DATA_DIR(DEV, PLAIN, "./data", "Embedded stores, spilled archive records."),
    DEV_SUPABASE_PORT(DEV, PLAIN, "54321", "Port of the stand-in Supabase; 0 picks a free one."),
    DEV_MODEL_PORT(DEV, PLAIN, "9090", "Port of the scripted model; 0 picks a free one.");

    /** What a variable is about; the headings of {@code env/example.env}. */
    public enum Group {
        LISTEN("Tenant and listeners"),
        IDENTITY("Identity: who is believed"),
        ACCOUNT("Accounts of our own: /user/*"),
        LIMITS("Limits: who may do how much"),
        V1("/v1/*: OpenAI's own paths"),
        REDIS("Redis: counters and outbox (durable: noeviction, appendfsync always)"),
        DATABASE("Postgres: the archive"),
        UPSTREAM("Upstream: the model's provider"),
        INFERENCE("Inference: the provider's key in a process of its own (docs/inference.md)"),
        PROMPTS("Prompts: endpoints of your own"),
        CACHE("Cache: answers that are given again"),
        ARCHIVE("Archive: what is kept, and how long"),
        CHATS("Chats and groups"),
        LIVE("Live streams, and streams that are resumed"),
        DEV("Local files and `broker dev`");

        private final String heading;

        Group(String heading) {
            this.heading = heading;
        }

        /** One line for people. */
        public String heading() {
            return heading;
        }
    }

    /** Whether a value may be seen. */
    enum Kind {
        PLAIN,
        SECRET,
        /** An address with a password in it; its host may be seen. */
        SECRET_ADDRESS
    }

    private final Group group;
    private final Kind kind;
    private final String fallback;
    private final String meaning;
    private final List<String> aliases;

    Variable(Group group, Kind kind, String fallback, String meaning, String... aliases) {
        this.group = group;
        this.kind = kind;
        this.fallback = fallback;
        this.meaning = meaning;
        this.aliases = List.of(aliases);
    }

    public Group group() {
        return group;
    }

    /** Whether its value must never be shown. */
    public boolean secret() {
        return kind != PLAIN;
    }

    /** Whether it is an address of which only the credentials are secret. */
    boolean address() {
        return kind == SECRET_ADDRESS;
    }

    /** The value when it is not set; empty for none, or for one that {@link #meaning} derives. */
    public String fallback() {
        return fallback;
    }

    /** One sentence or two. */
    public String meaning() {
        return meaning;
    }

    /** Older names of the same thing. */
    public List<String> aliases() {
        return aliases;
    }

    /** Its own name, then its aliases. */
    List<String> names() {
        return Stream.concat(Stream.of(name()), aliases.stream()).toList();
    }
}
