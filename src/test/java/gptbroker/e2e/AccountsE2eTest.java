package gptbroker.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import gptbroker.testing.Eventually;
import java.io.IOException;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Accounts as their clients see them: S1's flow as its README writes it, and the holes closed. */
class AccountsE2eTest {
    private static final String APP = "https://app.example.com";
    private static Rig rig;

    @BeforeAll
    static void start() {
        rig = Rig.start(Map.of("ACCOUNTS", "on", "SIGNUP_LIMIT", "0", "CORS_ORIGINS", APP, "REDIS_TIMEOUT", "5s"));
    }

    @AfterAll
    static void stop() {
        rig.close();
    }

    private static String name() {
        return "user-" + UUID.randomUUID() + "@example.com";
    }

    private static HttpRequest.Builder form(String path, String form) {
        return rig.request(path)
                .header("Content-Type", "application/x-www-form-urlencoded")
                .POST(BodyPublishers.ofString(form));
    }

    private static HttpResponse<String> send(String path, String form) {
        return rig.send(form(path, form));
    }

    private static HttpResponse<String> with(String credential, String path, String json) {
        return rig.send(rig.request(path)
                .header("Authorization", "Bearer " + credential)
                .POST(BodyPublishers.ofString(json)));
    }

    private static JsonNode json(HttpResponse<String> answer) {
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        try {
            return new ObjectMapper().readTree(answer.body());
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static JsonNode signUp(String name) {
        return json(send("/user/signup", "username=" + name + "&password=bazbar"));
    }

    private static String token(String name) {
        return json(send("/user/login", "username=" + name + "&password=bazbar"))
                .path("Token")
                .textValue();
    }

    private static int session(String token) {
        return rig.get("/user/session", token).statusCode();
    }

    private static void refused(HttpResponse<String> answer, int status, String code, String text) {
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(status);
        assertThat(answer.headers().firstValue("x-error-code")).hasValue(code);
        assertThat(answer.body()).isEqualTo("{\"error\":\"" + text + "\"}");
    }

    @Test
    void theReadmesFlowWorksAsWritten() {
        String name = name();
        HttpResponse<String> signedUp = send("/user/signup", "username=" + name + "&password=bazbar");
        JsonNode body = json(signedUp);
        assertThat(body.path("token")).isEqualTo(body.path("Token"));
        assertThat(body.path("user")).isEqualTo(body.path("User"));
        assertThat(body.path("Token").textValue()).hasSize(48);
        assertThat(body.at("/User/username").textValue()).isEqualTo(name);
        assertThat(body.at("/User/first_name").textValue()).isEqualTo(name.split("@")[0]);
        assertThat(body.at("/User/groups").isArray()).isTrue();
        assertThat(body.at("/User/DeletedAt").isNull()).isTrue();
        assertThat(signedUp.headers().firstValue("cache-control")).hasValue("no-store");
        assertThat(signedUp.headers().firstValue("content-type"))
                .hasValueSatisfying(type -> assertThat(type).startsWith("application/json"));
        HttpResponse<String> loggedIn = send("/user/login", "username=" + name.toUpperCase() + "&password=bazbar");
        String token = json(loggedIn).path("Token").textValue();
        assertThat(loggedIn.headers().firstValue("set-cookie"))
                .hasValueSatisfying(cookie -> assertThat(cookie)
                        .startsWith("sess=" + token + "; Path=/; Expires=")
                        .endsWith("GMT; HttpOnly; SameSite=Lax"));
        HttpResponse<String> session = rig.send(rig.request("/user/session").header("Cookie", "sess=" + token));
        assertThat(json(session).at("/user/username").textValue()).isEqualTo(name);
        HttpResponse<String> out = rig.send(rig.request("/user/logout").header("Cookie", "sess=" + token));
        assertThat(out.statusCode()).isEqualTo(200);
        assertThat(out.body()).isEmpty();
        assertThat(out.headers().firstValue("set-cookie"))
                .hasValueSatisfying(cookie -> assertThat(cookie).startsWith("sess=; Path=/; Expires=Thu, 01 Jan 1970"));
        assertThat(session(token)).isEqualTo(401);
        // README's own curl: JSON, sent as a form.
        String other = body.path("Token").textValue();
        assertThat(send("/user/logout", "{\"token\": \"" + other + "\"}").statusCode())
                .isEqualTo(200);
        assertThat(session(other)).isEqualTo(401);
    }

    @Test
    void aTokenMayStandInSeveralPlaces() {
        String token = signUp(name()).path("Token").textValue();
        String basic = Base64.getEncoder().encodeToString(("any:" + token).getBytes(StandardCharsets.UTF_8));
        for (String path : List.of("/user/session", "/v1/models")) {
            for (HttpRequest.Builder request : List.of(
                    rig.request(path).header("Authorization", "Bearer " + token),
                    rig.request(path).header("Authorization", "Basic " + basic),
                    rig.request(path).header("Cookie", "a=b; sess=" + token))) {
                assertThat(rig.send(request).statusCode()).as(path).isEqualTo(200);
            }
            // A bad header is an error, whatever the cookie says.
            assertThat(rig.send(rig.request(path)
                                    .header("Authorization", "Bearer " + token.replace('Y', 'Z') + "x")
                                    .header("Cookie", "sess=" + token))
                            .statusCode())
                    .isNotEqualTo(path.equals("/user/session") ? 200 : 500);
        }
        refused(
                rig.get("/user/session", new StringBuilder(token).reverse().toString()),
                401,
                "token_invalid",
                "Invalid session");
        refused(rig.send(rig.request("/user/session")), 401, "authorization_missing", "unauthorized");
        // The broker's own endpoints stay the project's users' alone.
        assertThat(rig.get("/simple-gpt-4o-mini-complete?prompt=x", token).statusCode())
                .isEqualTo(401);
    }

    @Test
    void aSessionAsksTheModelWithinItsDay() {
        JsonNode user = signUp(name());
        HttpResponse<String> answer = rig.post(
                "/v1/chat/completions",
                user.path("Token").textValue(),
                "{\"model\":\"gpt-4o\",\"messages\":[{\"role\":\"user\",\"content\":\"Hello\"}]}");
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        assertThat(answer.headers().firstValue("x-ratelimit-remaining")).hasValue("49");
        rig.archived(
                "select caller_kind, caller_id from inputs where user_id = '"
                        + user.at("/User/id").textValue() + "'",
                List.of("session|" + user.at("/User/id").textValue()));
    }

    @Test
    void aNameIsTakenOnceHoweverManyWantItAtOnce() throws Exception {
        String name = name();
        List<Callable<Integer>> wishes = IntStream.range(0, 8)
                .<Callable<Integer>>mapToObj(i -> () -> send(
                                "/user/signup",
                                "username=" + (i % 2 == 0 ? name : name.toUpperCase()) + "&password=bazbar")
                        .statusCode())
                .toList();
        try (ExecutorService threads = Executors.newFixedThreadPool(8)) {
            assertThat(threads.invokeAll(wishes).stream().map(AccountsE2eTest::result))
                    .containsOnly(200, 409)
                    .containsOnlyOnce(200);
        }
        refused(
                send("/user/signup", "username=" + name + "&password=bazbar"),
                409,
                "username_taken",
                "Failed to signup user: User exists");
        assertThat(rig.archive("select count(*) from broker_users where username_key = '" + name + "'"))
                .containsExactly("1");
    }

    private static Integer result(Future<Integer> future) {
        try {
            return future.get();
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void whoGuessesLearnsNothingAndSoonMustWait() {
        String name = name();
        signUp(name);
        String unknown = name();
        for (int i = 0; i < 10; i++) {
            refused(
                    send("/user/login", "username=" + name + "&password=wrong-" + i),
                    401,
                    "login_failed",
                    "Invalid username or password");
            refused(
                    send("/user/login", "username=" + unknown + "&password=bazbar"),
                    401,
                    "login_failed",
                    "Invalid username or password");
        }
        for (String each : List.of(name, unknown)) {
            HttpResponse<String> wait = send("/user/login", "username=" + each + "&password=bazbar");
            refused(wait, 429, "attempts_exceeded", "Too many attempts, try again later");
            assertThat(wait.headers().firstValueAsLong("retry-after").orElseThrow())
                    .isBetween(1L, 900L);
        }
        String other = name();
        signUp(other);
        for (int i = 0; i < 11; i++) {
            assertThat(token(other)).hasSize(48);
        }
    }

    @Test
    void onlyWhoKnowsThePasswordChangesIt() {
        String name = name();
        String first = signUp(name).path("Token").textValue();
        String second = token(name);
        refused(
                with(second, "/user/password/update", "{\"old_password\":\"wrong1\",\"new_password\":\"bazbar2\"}"),
                401,
                "password_wrong",
                "Invalid password");
        assertThat(session(first)).isEqualTo(200);
        assertThat(with(second, "/user/password/update", "{\"old_password\":\"bazbar\",\"new_password\":\"short\"}")
                        .body())
                .isEqualTo("{\"error\":\"Invalid request\",\"fields\":[\"new_password\"]}");
        assertThat(session(first)).isEqualTo(200);
    }

    @Test
    void aNewPasswordEndsTheOtherSessions() {
        String name = name();
        String first = signUp(name).path("Token").textValue();
        String second = token(name);
        assertThat(with(second, "/user/password/update", "{\"old_password\":\"bazbar\",\"new_password\":\"bazbar2\"}")
                        .body())
                .isEqualTo("{}");
        assertThat(session(first)).isEqualTo(401);
        assertThat(session(second)).isEqualTo(200);
        assertThat(send("/user/login", "username=" + name + "&password=bazbar").statusCode())
                .isEqualTo(401);
        assertThat(send("/user/login", "username=" + name + "&password=bazbar2").statusCode())
                .isEqualTo(200);
    }

    @Test
    void aUserSeesAndChangesNobodyElse() {
        JsonNode other = signUp(name());
        JsonNode own = signUp(name());
        String token = own.path("Token").textValue();
        String id = own.at("/User/id").textValue();
        String theirs = other.at("/User/id").textValue();
        assertThat(json(with(token, "/user/read", "{\"id\":\"" + id.toUpperCase() + "\"}"))
                        .at("/user/id"))
                .isEqualTo(own.at("/User/id"));
        assertThat(json(rig.get("/user/read?id=" + id, token)).path("user")).isEqualTo(own.path("User"));
        for (String foreign : List.of(theirs, UUID.randomUUID().toString(), "0", "{" + id + "}", id + " x")) {
            refused(with(token, "/user/read", "{\"id\":\"" + foreign + "\"}"), 404, "not_found", "record not found");
            refused(
                    with(token, "/user/update", "{\"id\":\"" + foreign + "\",\"first_name\":\"x\"}"),
                    404,
                    "not_found",
                    "record not found");
        }
        assertThat(with(
                                token,
                                "/user/update",
                                "{\"id\":\"" + id + "\",\"first_name\":\"Ann\",\"last_name\":\"O'Hara\","
                                        + "\"password_hash\":\"x\",\"external_id\":\"" + theirs
                                        + "\",\"CreatedAt\":\"1970-01-01T00:00:00Z\"}")
                        .body())
                .isEqualTo("{}");
        JsonNode after = json(rig.get("/user/session", token)).path("user");
        assertThat(after.path("first_name").textValue()).isEqualTo("Ann");
        assertThat(after.path("last_name").textValue()).isEqualTo("O'Hara");
        assertThat(after.path("username")).isEqualTo(own.at("/User/username"));
        assertThat(after.path("CreatedAt")).isEqualTo(own.at("/User/CreatedAt"));
        refused(
                with(token, "/user/update", "{\"id\":\"" + id + "\",\"username\":" + other.at("/User/username") + "}"),
                409,
                "username_taken",
                "Failed to signup user: User exists");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{}",
                "{\"username\":\"x\"}",
                "{\"password\":\"bazbar\"}",
                "{\"username\":\"\",\"password\":\"bazbar\"}",
                "{\"username\":\"a\\u0000b\",\"password\":\"bazbar\"}",
                "{\"username\":\"a\\ud800b\",\"password\":\"bazbar\"}",
                "{\"username\":1,\"password\":\"bazbar\"}",
                "{\"username\":\"valid\",\"password\":\"short\"}",
                "{\"username\":\"valid\",\"password\":\"a\\ud800bcdefgh\"}",
                "{\"username\":\"valid\",\"password\":[\"bazbar\"]}",
                "{\"username\":\"valid\",\"password\":\"bazbar\",\"first_name\":\"0123456789012345678901234567890\"}",
                "{\"username\":\"a\",\"username\":\"b\",\"password\":\"bazbar\"}",
                "username=a&username=b&password=bazbar",
                "username=%zz&password=bazbar",
                "{"
            })
    void badInputIsA400AndMakesNothing(String body) {
        HttpResponse<String> answer = send("/user/signup", body);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(400);
        assertThat(answer.body()).startsWith("{\"error\":\"Invalid request\"");
        assertThat(rig.archive("select count(*) from broker_users where username_key in ('valid', 'a', 'b')"))
                .containsExactly("0");
    }

    @Test
    void tooLongNamesAndPasswordsAreRefused() {
        assertThat(send("/user/signup", "username=" + "n".repeat(255) + "&password=bazbar")
                        .statusCode())
                .isEqualTo(400);
        assertThat(send("/user/signup", "username=" + name() + "&password=" + "p".repeat(1025))
                        .statusCode())
                .isEqualTo(400);
        // Nothing with a password in the address: it would be in every log on the way.
        assertThat(rig.send(rig.request("/user/signup?username=" + name() + "&password=bazbar"))
                        .statusCode())
                .isEqualTo(405);
        assertThat(rig.send(rig.request("/user/login?username=" + name() + "&password=bazbar")
                                .POST(BodyPublishers.noBody()))
                        .statusCode())
                .isEqualTo(400);
    }

    @ParameterizedTest
    @CsvSource({
        "/done?x=1, true",
        "https://app.example.com/in, true",
        "//evil.com/, false",
        "/\\evil.com, false",
        "https://evil.com/, false",
        "https://app.example.com@evil.com/, false",
        "javascript:alert(1), false",
        "/a\u00e4, false"
    })
    void whereToGoOnIsOurHostOrAListedOrigin(String address, boolean allowed) {
        String name = name();
        signUp(name);
        String escaped = java.net.URLEncoder.encode(address, StandardCharsets.UTF_8);
        HttpResponse<String> answer =
                send("/user/login", "username=" + name + "&password=bazbar&redirect_url=" + escaped);
        if (allowed) {
            assertThat(answer.statusCode()).isEqualTo(302);
            assertThat(answer.headers().firstValue("location")).hasValue(address);
            assertThat(answer.headers().firstValue("set-cookie")).isPresent();
        } else {
            assertThat(answer.statusCode()).isEqualTo(400);
            assertThat(answer.headers().firstValue("set-cookie")).isEmpty();
        }
    }

    @Test
    void otherPagesCannotUseTheCookieNorPlantOne() {
        String name = name();
        String token = signUp(name).path("Token").textValue();
        HttpRequest.Builder evil = form("/user/update", "id=x").header("Cookie", "sess=" + token);
        HttpResponse<String> refusal = rig.send(evil.header("Origin", "https://evil.com"));
        assertThat(refusal.statusCode()).isEqualTo(403);
        assertThat(refusal.headers().firstValue("x-error-code")).hasValue("origin_denied");
        assertThat(rig.send(form("/user/logout", "")
                                .header("Cookie", "sess=" + token)
                                .header("Origin", "null"))
                        .statusCode())
                .isEqualTo(403);
        assertThat(session(token)).isEqualTo(200);
        HttpRequest.Builder listed =
                form("/user/session", "").header("Cookie", "sess=" + token).header("Origin", APP);
        HttpResponse<String> answer = rig.send(listed);
        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(answer.headers().firstValue("access-control-allow-origin")).hasValue(APP);
        assertThat(answer.headers().firstValue("access-control-allow-credentials"))
                .hasValue("true");
        // A bearer is not sent by itself, so any page may show one.
        assertThat(rig.send(rig.request("/user/session")
                                .header("Authorization", "Bearer " + token)
                                .header("Origin", "https://evil.com"))
                        .statusCode())
                .isEqualTo(200);
        HttpResponse<String> planted = rig.send(
                form("/user/login", "username=" + name + "&password=bazbar").header("Origin", "https://evil.com"));
        assertThat(planted.statusCode()).isEqualTo(200);
        assertThat(planted.headers().firstValue("set-cookie")).isEmpty();
        HttpResponse<String> tls = rig.send(
                form("/user/login", "username=" + name + "&password=bazbar").header("X-Forwarded-Proto", "https"));
        assertThat(tls.headers().firstValue("set-cookie"))
                .hasValueSatisfying(cookie -> assertThat(cookie).endsWith("; Secure"));
    }

    @Test
    void aSupabaseUserHasAnAccountWithoutSigningUp() {
        UUID user = rig.user();
        JsonNode session = json(rig.get("/user/session", rig.token(user)));
        assertThat(session.at("/user/id").textValue()).isEqualTo(user.toString());
        assertThat(session.at("/user/username").textValue()).isEmpty();
        assertThat(rig.archive("select external_id from broker_users where id = '" + user + "'"))
                .containsExactly(user.toString());
        assertThat(with(
                                rig.token(user),
                                "/user/password/update",
                                "{\"old_password\":\"bazbar\",\"new_password\":\"bazbar2\"}")
                        .statusCode())
                .isEqualTo(403);
    }

    @Test
    void nothingSecretIsKeptAsItIs() {
        String name = name();
        String token = signUp(name).path("Token").textValue();
        assertThat(rig.archive("select password_hash from broker_users where username = '" + name + "'")
                        .getFirst())
                .startsWith("$argon2id$v=19$m=19456,t=2,p=1$")
                .doesNotContain("bazbar");
        assertThat(rig.archive("select s.token_hash = sha256(convert_to('" + token + "', 'UTF8'))"
                        + " from broker_sessions s join broker_users u on u.id = s.user_id where u.username = '" + name
                        + "'"))
                .containsExactly("t");
        with(token, "/user/password/update", "{\"old_password\":\"bazbar\",\"new_password\":\"bazbar2\"}");
        with(token, "/user/logout", "{\"token\":\"" + token + "\"}");
        Eventually.within(
                Duration.ofSeconds(60),
                "the event is kept",
                () -> !rig.archive("select 1 from broker_events where endpoint = '/user/password/update'")
                        .isEmpty());
        assertThat(rig.archive("select count(*) from broker_events e where e::text like '%bazbar%' or e::text like '%"
                        + token + "%'"))
                .containsExactly("0");
    }

    @Test
    void aSignOutCountsOnEveryReplica() {
        try (Rig replica = Rig.start(Map.of("DATABASE_URL", rig.database().reveal(), "REDIS_TIMEOUT", "5s"))) {
            String name = name();
            String token = signUp(name).path("Token").textValue();
            assertThat(replica.get("/user/session", token).statusCode()).isEqualTo(200);
            assertThat(with(token, "/user/logout", "").statusCode()).isEqualTo(200);
            assertThat(replica.get("/user/session", token).statusCode()).isEqualTo(401);
            // Its door is closed to new ones (ACCOUNTS is off by default), not to who has an account.
            assertThat(replica.send(replica.request("/user/signup")
                                    .POST(BodyPublishers.ofString("{\"username\":\"x\",\"password\":\"bazbar\"}")))
                            .statusCode())
                    .isEqualTo(404);
            assertThat(replica.send(replica.request("/user/login")
                                    .POST(BodyPublishers.ofString(
                                            "{\"username\":\"" + name + "\",\"password\":\"bazbar\"}")))
                            .statusCode())
                    .isEqualTo(200);
        }
    }
}
