package gptbroker.dev;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.auth0.jwk.Jwk;
import com.auth0.jwt.JWT;
import com.auth0.jwt.algorithms.Algorithm;
import com.auth0.jwt.interfaces.DecodedJWT;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import gptbroker.testing.Ports;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.RSAPublicKey;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DevIssuerTest {
    private static final ObjectMapper mapper = new ObjectMapper();
    private static final String EMAIL = "ada@example.com";
    private static final String PASSWORD = "correct horse";

    @TempDir
    Path folder;

    private final HttpClient http = HttpClient.newHttpClient();
    private DevIssuer issuer;

    @BeforeEach
    void start() {
        issuer = DevIssuer.start(new DevIssuer.Settings(0, folder));
    }

    @AfterEach
    void stop() {
        issuer.close();
        http.close();
    }

    @Test
    void tokenHasTheClaimsOfSupabaseAndVerifiesByTheKeySet() throws Exception {
        var user = issuer.createUser(EMAIL, PASSWORD, Map.of("plan", "pro"));
        var token = verified(issuer.signIn(EMAIL, PASSWORD));
        assertThat(token.getAlgorithm()).isEqualTo("ES256");
        assertThat(token.getIssuer()).isEqualTo(issuer.url() + "/auth/v1");
        assertThat(token.getAudience()).containsExactly("authenticated");
        assertThat(token.getSubject()).isEqualTo(user.toString());
        assertThat(token.getClaim("role").asString()).isEqualTo("authenticated");
        assertThat(token.getClaim("app_metadata").asMap()).containsEntry("plan", "pro");
        assertThat(UUID.fromString(token.getClaim("session_id").asString())).isNotNull();
        assertThat(token.getExpiresAtAsInstant())
                .isEqualTo(token.getIssuedAtAsInstant().plusSeconds(3600));
        assertThat(token.getClaim("is_anonymous").asBoolean()).isFalse();
    }

    @Test
    void refreshTokenIsGoodForOneUse() throws Exception {
        issuer.createUser(EMAIL, PASSWORD, Map.of());
        var first = issuer.session(EMAIL, PASSWORD);
        var second = refresh(first.path("refresh_token").asText());
        assertThat(second.statusCode()).isEqualTo(200);
        var renewed = json(second);
        assertThat(renewed.path("refresh_token").asText()).matches("[a-z0-9]{12}");
        assertThat(sessionId(renewed)).isEqualTo(sessionId(first));
        assertError(refresh(first.path("refresh_token").asText()), 400, "refresh_token_already_used");
        assertError(refresh(renewed.path("refresh_token").asText()), 400, "refresh_token_already_used");
        assertError(refresh("abcdefghijkl"), 400, "refresh_token_not_found");
        assertError(refresh("UPPER"), 400, "validation_failed");
    }

    @Test
    void errorsComeInBothForms() throws Exception {
        var older = post("/auth/v1/token?grant_type=password", Map.of("email", EMAIL, "password", "wrong!"));
        assertThat(older.statusCode()).isEqualTo(400);
        assertThat(older.headers().firstValue("x-sb-error-code")).contains("invalid_credentials");
        assertThat(json(older)).isEqualTo(mapper.readTree("""
                        {"code":400,"error_code":"invalid_credentials","msg":"Invalid login credentials"}"""));
        var newer = post(
                "/auth/v1/token?grant_type=password",
                Map.of("email", EMAIL, "password", "wrong!"),
                "X-Supabase-Api-Version",
                "2024-01-01");
        assertThat(newer.headers().firstValue("x-supabase-api-version")).contains("2024-01-01");
        assertThat(json(newer)).isEqualTo(mapper.readTree("""
                        {"code":"invalid_credentials","message":"Invalid login credentials"}"""));
    }

    @Test
    void signUpRefusals() throws Exception {
        assertThat(post("/auth/v1/signup", Map.of("email", EMAIL, "password", PASSWORD))
                        .statusCode())
                .isEqualTo(200);
        assertError(post("/auth/v1/signup", Map.of("email", EMAIL, "password", PASSWORD)), 422, "user_already_exists");
        assertError(post("/auth/v1/signup", Map.of("email", "b@x.org", "password", "short")), 422, "weak_password");
        assertError(post("/auth/v1/signup", Map.of("email", "b@x.org")), 400, "validation_failed");
        assertError(post("/auth/v1/signup", Map.of("email", "nobody", "password", PASSWORD)), 400, "validation_failed");
        post("/dev/settings", Map.of("signup", false));
        assertError(post("/auth/v1/signup", Map.of("email", "c@x.org", "password", PASSWORD)), 422, "signup_disabled");
        post("/dev/settings", Map.of("signup", true, "anonymous", false));
        assertError(post("/auth/v1/signup", Map.of()), 422, "anonymous_provider_disabled");
    }

    @Test
    void userRouteSeesSignOutBanAndDeletion() throws Exception {
        var user = issuer.createUser(EMAIL, PASSWORD, Map.of());
        var token = issuer.signIn(EMAIL, PASSWORD);
        assertThat(json(user(token)).path("id").asText()).isEqualTo(user.toString());
        issuer.ban(user);
        assertError(user(token), 403, "user_banned");
        issuer.unban(user);
        assertThat(user(token).statusCode()).isEqualTo(200);
        issuer.signOut(user);
        assertError(user(token), 403, "session_not_found");
        issuer.deleteUser(user);
        assertError(user(token), 403, "user_not_found");
        assertError(user(issuer.mint(user).claim("sub", "7").sign()), 400, "bad_jwt");
        assertError(user(issuer.mint(user).expired().sign()), 403, "bad_jwt");
        assertError(user(issuer.mint(user).foreignKey().sign()), 403, "bad_jwt");
        assertError(get("/auth/v1/user"), 401, "no_authorization");
    }

    @Test
    void logOutHasThreeScopes() throws Exception {
        issuer.createUser(EMAIL, PASSWORD, Map.of());
        var first = issuer.signIn(EMAIL, PASSWORD);
        var second = issuer.signIn(EMAIL, PASSWORD);
        assertThat(logOut(first, "others").statusCode()).isEqualTo(204);
        assertError(user(second), 403, "session_not_found");
        assertThat(user(first).statusCode()).isEqualTo(200);
        assertError(logOut(first, "elsewhere"), 400, "validation_failed");
        assertThat(logOut(first, "local").statusCode()).isEqualTo(204);
        assertError(user(first), 403, "session_not_found");
    }

    @Test
    void adminMakesListsBansAndDeletesUsers() throws Exception {
        var bearer = "Bearer " + issuer.serviceKey();
        var made = post(
                "/auth/v1/admin/users",
                Map.of(
                        "email",
                        EMAIL,
                        "password",
                        PASSWORD,
                        "email_confirm",
                        true,
                        "app_metadata",
                        Map.of("plan", "x")),
                "Authorization",
                bearer);
        var id = json(made).path("id").asText();
        issuer.createUser("b@example.com", PASSWORD, Map.of());
        var list = get("/auth/v1/admin/users?per_page=1", "Authorization", bearer);
        assertThat(list.headers().firstValue("x-total-count")).contains("2");
        assertThat(list.headers().firstValue("link").orElse(""))
                .contains("page=2")
                .contains("rel=\"last\"");
        assertThat(json(list).path("users")).hasSize(1);
        var banned = send("PUT", "/auth/v1/admin/users/" + id, Map.of("ban_duration", "24h"), "Authorization", bearer);
        assertThat(json(banned).has("banned_until")).isTrue();
        assertThatThrownBy(() -> issuer.signIn(EMAIL, PASSWORD)).hasMessage("User is banned");
        assertThat(send("DELETE", "/auth/v1/admin/users/" + id, Map.of(), "Authorization", bearer)
                        .statusCode())
                .isEqualTo(200);
        assertError(get("/auth/v1/admin/users/" + id, "Authorization", bearer), 404, "user_not_found");
        assertError(get("/auth/v1/admin/users", "Authorization", "Bearer " + issuer.anonKey()), 403, "not_admin");
        assertThat(get("/auth/v1/admin/users", "Authorization", "Bearer " + issuer.secretKey())
                        .statusCode())
                .isEqualTo(200);
    }

    @Test
    void keysRotate() throws Exception {
        var user = UUID.randomUUID();
        var before = issuer.mint(user).sign();
        var standby = issuer.addStandbyKey();
        assertThat(verified(issuer.mint(user).sign()).getKeyId()).isNotEqualTo(standby);
        assertThat(issuer.rotateKeys()).isEqualTo(standby);
        assertThat(verified(issuer.mint(user).sign()).getKeyId()).isEqualTo(standby);
        assertThat(verified(before)).isNotNull();
        assertThat(issuer.revokePreviousKeys()).isEqualTo(1);
        assertThat(jwks().path("keys")).hasSize(1);
    }

    @Test
    void otherAlgorithms() throws Exception {
        issuer.useAlgorithm("RS256");
        assertThat(verified(issuer.mint(UUID.randomUUID()).sign()).getAlgorithm())
                .isEqualTo("RS256");
        issuer.useAlgorithm("HS256");
        assertThat(jwks().path("keys")).isEmpty();
        var token = issuer.mint(UUID.randomUUID()).sign();
        assertThat(JWT.require(Algorithm.HMAC256(issuer.jwtSecret()))
                        .build()
                        .verify(token)
                        .getKeyId())
                .isNull();
        issuer.useAlgorithm("ES256");
        assertThat(verified(issuer.mint(UUID.randomUUID()).sign()).getAlgorithm())
                .isEqualTo("ES256");
    }

    @Test
    void projectKeysInBothForms() throws Exception {
        var legacy = JWT.require(Algorithm.HMAC256(issuer.jwtSecret())).build().verify(issuer.anonKey());
        assertThat(legacy.getClaim("role").asString()).isEqualTo("anon");
        assertThat(legacy.getSubject()).isNull();
        var selfHosted = verified(issuer.mintKey("service_role").alg("ES256").sign());
        assertThat(selfHosted.getClaim("role").asString()).isEqualTo("service_role");
        assertThat(issuer.publishableKey()).matches("sb_publishable_[A-Za-z0-9]{22}_[0-9a-f]{8}");
        assertThat(get("/auth/v1/settings", "apikey", issuer.publishableKey()).statusCode())
                .isEqualTo(200);
        assertThat(get("/auth/v1/settings", "apikey", "someone else's").statusCode())
                .isEqualTo(401);
    }

    @ParameterizedTest
    @CsvSource({"500,500", "garbage,200", "html,200", "redirect,302", "delay,200"})
    void keySetFails(String fault, int status) throws Exception {
        issuer.jwksFault(fault, 1);
        assertThat(get("/auth/v1/.well-known/jwks.json").statusCode()).isEqualTo(status);
        issuer.jwksFault("none", 0);
        var good = get("/auth/v1/.well-known/jwks.json");
        assertThat(good.headers().firstValue("cache-control")).contains("public, max-age=600");
        assertThat(json(good).path("keys")).hasSize(1);
        assertThat(issuer.jwksFetches()).isEqualTo(2);
    }

    @Test
    void keySetIsDownOrForged() throws Exception {
        issuer.jwksFault("down", 0);
        assertThatThrownBy(() -> get("/auth/v1/.well-known/jwks.json")).isInstanceOf(IOException.class);
        issuer.jwksBody("{\"keys\":[{}]}");
        assertThat(get("/auth/v1/.well-known/jwks.json").body()).isEqualTo("{\"keys\":[{}]}");
        assertThat(json(get("/auth/v1/.well-known/openid-configuration"))
                        .path("jwks_uri")
                        .asText())
                .isEqualTo(issuer.issuer() + "/.well-known/jwks.json");
    }

    @Test
    void controlsWorkOverHttpButNotFromABrowser() throws Exception {
        var id = json(post("/dev/users", Map.of("email", EMAIL, "password", PASSWORD)))
                .path("id")
                .asText();
        var bad = json(post(
                        "/dev/token",
                        Map.of("sub", id, "claims", Map.of("iss", "https://other"), "without", new String[] {"exp"})))
                .path("token")
                .asText();
        assertThat(JWT.decode(bad).getIssuer()).isEqualTo("https://other");
        assertThat(JWT.decode(bad).getExpiresAt()).isNull();
        var anon = json(post("/dev/token", Map.of("kind", "anon", "alg", "ES256")))
                .path("token")
                .asText();
        assertThat(verified(anon).getClaim("role").asString()).isEqualTo("anon");
        assertThat(json(post("/dev/keys/rotate", Map.of())).path("keys")).hasSize(2);
        assertThat(json(post("/dev/mode?alg=HS256", Map.of())).path("alg").asText())
                .isEqualTo("HS256");
        assertThat(post("/dev/users/" + id + "/ban", Map.of()).statusCode()).isEqualTo(204);
        assertThat(post("/dev/keys/rotate", Map.of(), "Origin", "https://evil.example")
                        .statusCode())
                .isEqualTo(403);
    }

    @Test
    void browsersMayCall() throws Exception {
        var preflight = send("OPTIONS", "/auth/v1/token", Map.of(), "Origin", "https://app.example");
        assertThat(preflight.statusCode()).isEqualTo(200);
        assertThat(preflight
                        .headers()
                        .firstValue("access-control-allow-headers")
                        .orElse(""))
                .contains("authorization", "apikey", "content-type", "x-client-info", "x-supabase-api-version");
        var refused = get("/auth/v1/user", "Origin", "https://app.example");
        assertThat(refused.headers().firstValue("access-control-allow-origin")).contains("*");
    }

    @Test
    void restartKeepsTokensUsersAndNoPasswordInClear() throws Exception {
        issuer.close();
        int port = Ports.free(); // which nobody else is given while it is closed
        issuer = DevIssuer.start(new DevIssuer.Settings(port, folder));
        issuer.createUser(EMAIL, PASSWORD, Map.of());
        var session = issuer.session(EMAIL, PASSWORD);
        var anonKey = issuer.anonKey();
        issuer.close();
        assertThat(Files.readString(folder.resolve("users.json")))
                .contains(EMAIL)
                .doesNotContain(PASSWORD);
        issuer = DevIssuer.start(new DevIssuer.Settings(port, folder));
        assertThat(verified(session.path("access_token").asText()).getIssuer()).isEqualTo(issuer.issuer());
        assertThat(user(session.path("access_token").asText()).statusCode()).isEqualTo(200);
        assertThat(refresh(session.path("refresh_token").asText()).statusCode()).isEqualTo(200);
        assertThat(issuer.signIn(EMAIL, PASSWORD)).isNotEmpty();
        assertThat(issuer.anonKey()).isEqualTo(anonKey);
    }

    private DecodedJWT verified(String token) throws Exception {
        var kid = JWT.decode(token).getKeyId();
        for (var node : jwks().path("keys")) {
            if (node.path("kid").asText().equals(kid)) {
                var jwk = Jwk.fromValues(mapper.convertValue(node, new TypeReference<Map<String, Object>>() {}));
                var algorithm = jwk.getPublicKey() instanceof ECPublicKey ec
                        ? Algorithm.ECDSA256(ec, null)
                        : Algorithm.RSA256((RSAPublicKey) jwk.getPublicKey(), null);
                return JWT.require(algorithm).build().verify(token);
            }
        }
        throw new AssertionError("No key " + kid);
    }

    private JsonNode jwks() throws Exception {
        return json(get("/auth/v1/.well-known/jwks.json"));
    }

    private HttpResponse<String> user(String token) throws Exception {
        return get("/auth/v1/user", "Authorization", "Bearer " + token);
    }

    private HttpResponse<String> logOut(String token, String scope) throws Exception {
        return post("/auth/v1/logout?scope=" + scope, Map.of(), "Authorization", "Bearer " + token);
    }

    private HttpResponse<String> refresh(String token) throws Exception {
        return post("/auth/v1/token?grant_type=refresh_token", Map.of("refresh_token", token));
    }

    private static String sessionId(JsonNode session) {
        return JWT.decode(session.path("access_token").asText())
                .getClaim("session_id")
                .asString();
    }

    private static void assertError(HttpResponse<String> answer, int status, String code) throws IOException {
        assertThat(json(answer).path("error_code").asText()).isEqualTo(code);
        assertThat(answer.statusCode()).isEqualTo(status);
    }

    private static JsonNode json(HttpResponse<String> answer) throws IOException {
        return mapper.readTree(answer.body());
    }

    private HttpResponse<String> get(String path, String... headers) throws Exception {
        return exchange(request(path, headers).build());
    }

    private HttpResponse<String> post(String path, Map<String, ?> body, String... headers) throws Exception {
        return send("POST", path, body, headers);
    }

    private HttpResponse<String> send(String method, String path, Map<String, ?> body, String... headers)
            throws Exception {
        return exchange(request(path, headers)
                .method(method, BodyPublishers.ofString(mapper.writeValueAsString(body)))
                .build());
    }

    private HttpRequest.Builder request(String path, String... headers) {
        var request = HttpRequest.newBuilder(URI.create(issuer.url() + path));
        return headers.length == 0 ? request : request.headers(headers);
    }

    private HttpResponse<String> exchange(HttpRequest request) throws Exception {
        return http.send(request, BodyHandlers.ofString());
    }
}
