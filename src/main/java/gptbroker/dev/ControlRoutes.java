package gptbroker.dev;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import gptbroker.dev.SigningKeys.Alg;
import io.helidon.webserver.http.HttpRules;
import io.helidon.webserver.http.HttpService;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.UUID;

/**
 * {@code /dev/*}: what no real Supabase offers, for tests in another process and for trying out. Loopback alone, never
 * from a browser.
 *
 * <table>
 * <caption>routes</caption>
 * <tr><td>{@code GET /dev/state}</td><td>keys, counters, project keys and secret</td></tr>
 * <tr><td>{@code POST /dev/keys/standby|rotate|revoke}</td><td>{@code ?alg=}, {@code ?kid=}</td></tr>
 * <tr><td>{@code POST /dev/mode?alg=ES256|RS256|HS256}</td><td>HS256 empties the key set</td></tr>
 * <tr><td>{@code POST /dev/jwks?fault=none|500|garbage|html|down|drip|redirect|delay&ms=}</td><td></td></tr>
 * <tr><td>{@code PUT /dev/jwks}</td><td>serves the request's body as key set</td></tr>
 * <tr><td>{@code POST /dev/settings}</td><td>{@code {expires_in, signup, autoconfirm, anonymous}}</td></tr>
 * <tr><td>{@code POST /dev/users}</td><td>{@code {email, password, app_metadata}}</td></tr>
 * <tr><td>{@code POST /dev/users/{id}/ban|unban|signout|delete}</td><td></td></tr>
 * <tr><td>{@code POST /dev/token}</td><td>{@code {kind: user|anon|service_role, sub, alg, expired, foreign, claims,
 * header, without}}: see {@link Mint}</td></tr>
 * </table>
 */
final class ControlRoutes implements HttpService {
    private static final ObjectMapper mapper = new ObjectMapper();

    private final DevIssuer issuer;
    private final SigningKeys keys;
    private final AuthSettings settings;
    private final JwksRoutes jwks;

    ControlRoutes(DevIssuer issuer, SigningKeys keys, AuthSettings settings, JwksRoutes jwks) {
        this.issuer = issuer;
        this.keys = keys;
        this.settings = settings;
        this.jwks = jwks;
    }

    @Override
    public void routing(HttpRules rules) {
        rules.get("/state", (req, res) -> state(res))
                .post("/keys/standby", (req, res) -> {
                    keys.standby(alg(req));
                    state(res);
                })
                .post("/keys/rotate", (req, res) -> {
                    issuer.rotateKeys();
                    state(res);
                })
                .post("/keys/revoke", (req, res) -> {
                    keys.revoke(req.query().first("kid").asOptional());
                    state(res);
                })
                .post("/mode", (req, res) -> {
                    issuer.useAlgorithm(alg(req).name());
                    state(res);
                })
                .post("/jwks", (req, res) -> {
                    issuer.jwksFault(
                            req.query().first("fault").orElse("none"),
                            Long.parseLong(req.query().first("ms").orElse("1000")));
                    state(res);
                })
                .put("/jwks", (req, res) -> {
                    jwks.fault(
                            JwksRoutes.Fault.body(new String(req.content().as(byte[].class), StandardCharsets.UTF_8)));
                    state(res);
                })
                .post("/settings", this::settings)
                .post("/users", this::createUser)
                .post("/users/{id}/{verb}", this::user)
                .post("/token", this::token);
    }

    private static Alg alg(ServerRequest req) {
        var name = req.query().first("alg").orElse("ES256");
        try {
            return Alg.valueOf(name);
        } catch (IllegalArgumentException e) {
            throw new AuthError(400, "validation_failed", "No such algorithm: " + name);
        }
    }

    private void state(ServerResponse res) {
        var json = mapper.createObjectNode()
                .put("alg", keys.alg().name())
                .put("jwks_fetches", issuer.jwksFetches())
                .put("user_lookups", issuer.userLookups())
                .put("anon_key", issuer.anonKey())
                .put("service_key", issuer.serviceKey())
                .put("publishable_key", issuer.publishableKey())
                .put("jwt_secret", issuer.jwtSecret());
        var list = json.putArray("keys");
        keys.all()
                .forEach(key -> list.addObject()
                        .put("kid", key.kid())
                        .put("alg", key.alg().name())
                        .put("state", key.state().name()));
        AuthRoutes.send(res, json);
    }

    private void settings(ServerRequest req, ServerResponse res) throws IOException {
        var wish = AuthRoutes.body(req);
        settings.change(wish);
        if (wish.has("expires_in")) {
            issuer.expiresIn(wish.path("expires_in").asLong());
        }
        AuthRoutes.send(res, settings.toJson());
    }

    private void createUser(ServerRequest req, ServerResponse res) throws IOException {
        var body = AuthRoutes.body(req);
        var id = issuer.createUser(
                body.path("email").asText(), body.path("password").asText(), body.path("app_metadata"));
        AuthRoutes.send(res, mapper.createObjectNode().put("id", id.toString()));
    }

    private void user(ServerRequest req, ServerResponse res) {
        var parameters = req.path().pathParameters();
        var id = uuid(parameters.get("id"));
        switch (parameters.get("verb")) {
            case "ban" -> issuer.ban(id);
            case "unban" -> issuer.unban(id);
            case "signout" -> issuer.signOut(id);
            case "delete" -> issuer.deleteUser(id);
            default -> throw new AuthError(404, "not_found", "No such route");
        }
        res.status(204).send();
    }

    private void token(ServerRequest req, ServerResponse res) throws IOException {
        var wish = AuthRoutes.body(req);
        var mint = switch (wish.path("kind").asText("user")) {
            case "anon" -> issuer.mintKey("anon");
            case "service_role" -> issuer.mintKey("service_role");
            default -> issuer.mint(subject(wish));
        };
        AuthRoutes.send(
                res, mapper.createObjectNode().put("token", mint.with(wish).sign()));
    }

    private static UUID subject(JsonNode wish) {
        return Optional.ofNullable(wish.get("sub"))
                .map(sub -> uuid(sub.asText()))
                .orElseGet(UUID::randomUUID);
    }

    private static UUID uuid(String text) {
        if (!AuthTokens.isUuid(text)) {
            throw new AuthError(400, "validation_failed", "Not a UUID: " + text);
        }
        return UUID.fromString(text);
    }
}
