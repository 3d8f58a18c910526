package gptbroker.dev;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.helidon.http.HeaderValues;
import io.helidon.webserver.http.HttpRules;
import io.helidon.webserver.http.HttpService;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.io.IOException;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Supplier;

/** GoTrue's routes for users, as supabase-js calls them (supabase-auth.md §5). */
final class AuthRoutes implements HttpService {
    private static final ObjectMapper mapper = new ObjectMapper();
    private static final String HEALTH = """
            {"version":"v2.196.0-dev","name":"GoTrue","description":"GoTrue is a user registration and authentication API"}""";

    private final Accounts accounts;
    private final AuthTokens tokens;
    private final AuthSettings settings;
    private final Supplier<String> issuer;
    private final LongAdder lookups = new LongAdder();

    AuthRoutes(Accounts accounts, AuthTokens tokens, AuthSettings settings, Supplier<String> issuer) {
        this.accounts = accounts;
        this.tokens = tokens;
        this.settings = settings;
        this.issuer = issuer;
    }

    @Override
    public void routing(HttpRules rules) {
        rules.post("/signup", this::signUp)
                .post("/token", this::token)
                .get("/user", this::user)
                .put("/user", this::updateUser)
                .post("/logout", this::logOut)
                .get("/settings", (req, res) -> send(res, settings.toJson()))
                .get(
                        "/health",
                        (req, res) -> res.header(HeaderValues.CONTENT_TYPE_JSON).send(HEALTH));
    }

    /** How often {@code GET /user} was called. */
    long lookups() {
        return lookups.sum();
    }

    private void signUp(ServerRequest req, ServerResponse res) throws IOException {
        var body = body(req);
        if (!settings.signUp()) {
            throw new AuthError(422, "signup_disabled", "Signups not allowed for this instance");
        }
        var email = body.path("email").asText("");
        var password = body.path("password").asText("");
        if (email.isEmpty() && password.isEmpty()) {
            signUpAnonymously(body, res);
            return;
        }
        if (password.isEmpty()) {
            throw new AuthError(400, "validation_failed", "Signup requires a valid password");
        }
        if (email.isEmpty()) {
            throw new AuthError(400, "validation_failed", "An email address is required");
        }
        var account = accounts.create(email, password, "user_already_exists", user -> {
            user.userMetadata = object(body.path("data"));
            user.confirmedAt = settings.autoConfirm() ? user.createdAt : null;
        });
        if (settings.autoConfirm()) {
            send(res, session(accounts.open(account, "password")));
        } else {
            send(res, account.toJson());
        }
    }

    private void signUpAnonymously(JsonNode body, ServerResponse res) {
        if (!settings.anonymous()) {
            throw new AuthError(422, "anonymous_provider_disabled", "Anonymous sign-ins are disabled");
        }
        var account = accounts.create("", "", "", user -> user.userMetadata = object(body.path("data")));
        send(res, session(accounts.open(account, "anonymous")));
    }

    private void token(ServerRequest req, ServerResponse res) throws IOException {
        var body = body(req);
        switch (req.query().first("grant_type").orElse("")) {
            case "password" -> {
                var email = body.path("email").asText("");
                if (email.isEmpty()) {
                    throw new AuthError(400, "validation_failed", "missing email or phone");
                }
                var account = accounts.authenticate(email, body.path("password").asText(""));
                send(res, session(accounts.open(account, "password")));
            }
            case "refresh_token" -> {
                var token = body.path("refresh_token").asText("");
                if (!token.matches("[a-z0-9]{12}")) {
                    throw new AuthError(400, "validation_failed", "Refresh token is not valid");
                }
                send(res, session(accounts.refresh(token)));
            }
            default -> throw new AuthError(400, "invalid_credentials", "unsupported_grant_type");
        }
    }

    private ObjectNode session(Accounts.Grant grant) {
        return tokens.session(grant, issuer.get());
    }

    private void user(ServerRequest req, ServerResponse res) {
        lookups.increment();
        send(res, tokens.user(req).account().toJson());
    }

    private void updateUser(ServerRequest req, ServerResponse res) throws IOException {
        var caller = tokens.user(req).account();
        var body = body(req);
        if (body.has("app_metadata")) {
            throw new AuthError(403, "not_admin", "Updating app_metadata requires admin privileges");
        }
        send(res, change(accounts, caller, body, "data"));
    }

    /** What a user may change of itself, and an admin of anyone. */
    static ObjectNode change(Accounts accounts, Account account, JsonNode body, String metadataField) {
        var email = body.path("email").asText("");
        var checked = email.isEmpty() ? "" : Accounts.checkedEmail(email);
        var password = body.path("password").asText("");
        var hash = password.isEmpty() ? "" : Passwords.hash(Accounts.checkedPassword(password));
        return accounts.update(account, user -> {
            if (!checked.isEmpty()) {
                user.email = checked;
                user.anonymous = false;
                user.confirmedAt = user.updatedAt;
                user.appMetadata.put("provider", "email").putArray("providers").add("email");
            }
            if (!hash.isEmpty()) {
                user.passwordHash = hash;
            }
            merge(user.userMetadata, body.path(metadataField));
        });
    }

    /** GoTrue merges metadata; a null removes its field. */
    static void merge(ObjectNode target, JsonNode changes) {
        changes.properties().forEach(change -> {
            if (change.getValue().isNull()) {
                target.remove(change.getKey());
            } else {
                target.set(change.getKey(), change.getValue());
            }
        });
    }

    private void logOut(ServerRequest req, ServerResponse res) {
        var caller = tokens.user(req);
        var scope = req.query().first("scope").orElse("global");
        var session = String.valueOf(caller.sessionId());
        var user = caller.account().id;
        switch (scope) {
            case "", "global" -> accounts.endSessions(user, each -> true);
            case "local" -> accounts.endSessions(user, each -> each.id().equals(session));
            case "others" -> accounts.endSessions(user, each -> !each.id().equals(session));
            default -> throw new AuthError(400, "validation_failed", "Unsupported logout scope \"" + scope + "\"");
        }
        res.status(204).send();
    }

    /** The request's JSON object; an empty body is an empty object. */
    static ObjectNode body(ServerRequest req) throws IOException {
        var bytes = req.content().as(byte[].class);
        try {
            if (bytes.length == 0) {
                return mapper.createObjectNode();
            }
            if (mapper.readTree(bytes) instanceof ObjectNode object) {
                return object;
            }
        } catch (JsonProcessingException e) {
            // Refused below: the parser's words would repeat the body.
        }
        throw new AuthError(400, "bad_json", "Could not parse request body as JSON");
    }

    static ObjectNode object(JsonNode node) {
        return node instanceof ObjectNode object ? object : mapper.createObjectNode();
    }

    static void send(ServerResponse res, JsonNode body) {
        res.header(HeaderValues.CONTENT_TYPE_JSON).send(body.toString());
    }
}
