package gptbroker.dev;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.helidon.webserver.WebServer;
import io.helidon.webserver.http.HttpRouting;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Function;

/**
 * A stand-in for a Supabase project's Auth on loopback, against which the real supabase-js signs in. Keys and users
 * live in its folder, so tokens outlive a restart on the same port. What only tests need is in the methods here and
 * in {@link ControlRoutes}. Thread-safe.
 */
public final class DevIssuer implements AutoCloseable {
    private static final ObjectMapper mapper = new ObjectMapper();
    private static final int MAX_BODY = 16 * 1024 * 1024;
    private static final String FOREVER = "2999-01-01T00:00:00Z";

    private final InstantSource clock;
    private final SigningKeys keys;
    private final Accounts accounts;
    private final AuthTokens tokens;
    private final AuthSettings settings = new AuthSettings();
    private final AuthRoutes auth;
    private final JwksRoutes jwks;
    private final WebServer server;

    /**
     * How it starts.
     *
     * @param port on 127.0.0.1; 0 for a free one
     * @param folder for keys and users, created where needed
     * @param clock for the tokens' times
     */
    public record Settings(int port, Path folder, InstantSource clock) {
        /** With the system's clock. */
        public Settings(int port, Path folder) {
            this(port, folder, InstantSource.system());
        }
    }

    private DevIssuer(Settings start) {
        try {
            Files.createDirectories(start.folder());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        this.clock = start.clock();
        this.keys = new SigningKeys(start.folder().resolve("keys.json"));
        this.accounts = new Accounts(start.folder().resolve("users.json"), start.clock());
        this.tokens = new AuthTokens(keys, accounts);
        this.auth = new AuthRoutes(accounts, tokens, settings, this::issuer);
        this.jwks = new JwksRoutes(keys, this::issuer);
        this.server = LoopbackServer.start(
                "The stand-in for Supabase (DEV_SUPABASE_PORT)", start.port(), MAX_BODY, this::routes);
    }

    /**
     * Starts it.
     *
     * @throws DevException when the port is taken or the folder holds something else
     */
    public static DevIssuer start(Settings settings) {
        return new DevIssuer(settings);
    }

    private void routes(HttpRouting.Builder routing) {
        routing.addFilter(new AuthGateway(tokens))
                .error(AuthError.class, (req, res, error) -> error.send(req, res))
                .register("/auth/v1/.well-known", jwks)
                .register("/auth/v1/admin", new AdminRoutes(accounts, tokens))
                .register("/auth/v1", auth)
                .register("/dev", new ControlRoutes(this, keys, settings, jwks));
    }

    /** {@code http://127.0.0.1:port}: the SUPABASE_URL. */
    public String url() {
        return "http://127.0.0.1:" + server.port();
    }

    /** The tokens' {@code iss}. */
    public String issuer() {
        return url() + "/auth/v1";
    }

    /** The legacy anon key, HS256; the same across starts. */
    public String anonKey() {
        return mintKey("anon").sign();
    }

    /** The legacy service_role key, HS256; the same across starts. */
    public String serviceKey() {
        return mintKey("service_role").sign();
    }

    /** {@code sb_publishable_…}. */
    public String publishableKey() {
        return tokens.publishableKey();
    }

    /** {@code sb_secret_…}. */
    public String secretKey() {
        return tokens.secretKey();
    }

    /** The HS256 secret of the project keys, and of user tokens in HS256 mode. */
    public String jwtSecret() {
        return keys.secret();
    }

    /** Adds a confirmed user, as an admin would. An address that is taken is refused. */
    public UUID createUser(String email, String password, Map<String, ?> appMetadata) {
        return createUser(email, password, mapper.<JsonNode>valueToTree(appMetadata));
    }

    UUID createUser(String email, String password, JsonNode appMetadata) {
        var account = accounts.create(email, password, "email_exists", user -> {
            user.confirmedAt = user.createdAt;
            AuthRoutes.merge(user.appMetadata, appMetadata);
        });
        return UUID.fromString(account.id);
    }

    /** The user of this address, made where there is none. */
    public UUID ensureUser(String email, String password) {
        try {
            return createUser(email, password, Map.of());
        } catch (AuthError taken) {
            return UUID.fromString(accounts.authenticate(email, password).id);
        }
    }

    /** Signs in and gives the access token. */
    public String signIn(String email, String password) {
        return session(email, password).path("access_token").asText();
    }

    /** Signs in and gives GoTrue's whole Session object. */
    public ObjectNode session(String email, String password) {
        return tokens.session(accounts.open(accounts.authenticate(email, password), "password"), issuer());
    }

    /** Signs a new anonymous user in and gives the access token. */
    public String signInAnonymously() {
        var account = accounts.create("", "", "", user -> {});
        return tokens.session(accounts.open(account, "anonymous"), issuer())
                .path("access_token")
                .asText();
    }

    /** A user's token to order; the user need not exist. */
    public Mint mint(UUID user) {
        return Mint.user(keys, issuer(), user, clock.instant());
    }

    /** A project key to order, of role {@code anon} or {@code service_role}. */
    public Mint mintKey(String role) {
        return Mint.projectKey(keys, role);
    }

    /** Lists a key that does not sign yet; returns its kid. */
    public String addStandbyKey() {
        return keys.standby(SigningKeys.Alg.ES256);
    }

    /** The standby key (a new one where there is none) signs; the one before stays listed. Returns the new kid. */
    public String rotateKeys() {
        return keys.rotate();
    }

    /** Removes the previous keys from the list; returns how many. */
    public int revokePreviousKeys() {
        return keys.revoke(Optional.empty());
    }

    /** Signs with ES256, RS256, or HS256, which empties the key set. */
    public void useAlgorithm(String name) {
        keys.use(SigningKeys.Alg.valueOf(name));
    }

    /**
     * Makes the key set fail from now on.
     *
     * @param fault {@code none, 500, garbage, html, down, drip, redirect, delay}
     * @param millis of {@code delay}
     */
    public void jwksFault(String fault, long millis) {
        jwks.fault(JwksRoutes.Fault.named(fault, millis));
    }

    /** Serves this text as key set from now on. */
    public void jwksBody(String body) {
        jwks.fault(JwksRoutes.Fault.body(body));
    }

    /** Seconds that tokens live from now on. */
    public void expiresIn(long seconds) {
        tokens.lifetime(seconds);
    }

    /** Fetches of the key set so far. */
    public long jwksFetches() {
        return jwks.fetches();
    }

    /** Calls of {@code GET /user} so far. */
    public long userLookups() {
        return auth.lookups();
    }

    /** No sign-in, refresh or look-up for this user until {@link #unban}. */
    public void ban(UUID user) {
        change(user, account -> accounts.update(account, each -> each.bannedUntil = FOREVER));
    }

    /** Ends a ban. */
    public void unban(UUID user) {
        change(user, account -> accounts.update(account, each -> each.bannedUntil = null));
    }

    /** Ends all sessions of a user. */
    public void signOut(UUID user) {
        change(user, account -> {
            accounts.endSessions(account.id, session -> true);
            return account;
        });
    }

    /** Removes a user. */
    public void deleteUser(UUID user) {
        change(user, account -> {
            accounts.delete(account, false);
            return account;
        });
    }

    private void change(UUID user, Function<Account, Object> change) {
        change.apply(accounts.byId(user.toString())
                .orElseThrow(() -> new AuthError(404, "user_not_found", "User not found")));
    }

    /** Stops; keys and users are on disk. */
    @Override
    public void close() {
        server.stop();
        accounts.close();
    }
}
