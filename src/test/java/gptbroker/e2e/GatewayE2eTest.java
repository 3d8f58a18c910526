package gptbroker.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.password4j.BcryptFunction;
import com.password4j.Password;
import com.password4j.types.Bcrypt;
import gptbroker.config.Secret;
import gptbroker.testing.TestPostgres;
import java.io.IOException;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The gateway's dialect (S4) from outside, with the holes of the original closed. */
class GatewayE2eTest {
    private static final String ADMIN = "operator-key-of-24-characters";
    private static final String REFUSED = "{\"detail\":\"Unauthorized\"}";
    private static Rig rig;

    @BeforeAll
    static void start() {
        rig = Rig.start(Map.of(
                "ACCOUNTS", "on",
                "SIGNUP_LIMIT", "0",
                "ADMIN_KEY", ADMIN,
                "CHAT_RATE_LIMIT", "0",
                "REDIS_TIMEOUT", "5s"));
    }

    @AfterAll
    static void stop() {
        rig.close();
    }

    private static String name() {
        return "user-" + UUID.randomUUID();
    }

    private static JsonNode json(HttpResponse<String> answer) {
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        try {
            return new ObjectMapper().readTree(answer.body());
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static HttpResponse<String> signUp(Rig broker, String form) {
        return broker.send(broker.request("/signup/")
                .header("Content-Type", "application/x-www-form-urlencoded")
                .POST(BodyPublishers.ofString(form)));
    }

    private static String key(Rig broker) {
        return json(signUp(broker, "username=" + name() + "&password=secret&grant_type=password&scope="))
                .path("api_key")
                .textValue();
    }

    private static HttpResponse<String> chat(Rig broker, String key, String body) {
        return broker.send(broker.request("/chat/")
                .header("Authorization", key)
                .header("Content-Type", "application/json")
                .POST(BodyPublishers.ofString(body)));
    }

    private static HttpResponse<String> chat(String key, String message, String more) {
        return chat(rig, key, "{\"message\":\"" + message + "\",\"model\":\"gpt-4o-mini\"" + more + "}");
    }

    private static HttpResponse<String> history(String key, String id) {
        return rig.send(rig.request("/chat/" + id + "/history").header("Authorization", key));
    }

    private static void refused(HttpResponse<String> answer, int status, String body) {
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(status);
        assertThat(answer.body()).isEqualTo(body);
    }

    @Test
    void aKeyForANameAndChatsForTheKey() {
        String name = name();
        HttpResponse<String> signedUp = signUp(rig, "username=" + name + "&password=secret");
        JsonNode made = json(signedUp);
        assertThat(made.path("message").textValue()).isEqualTo("User created successfully.");
        assertThat(signedUp.headers().firstValue("cache-control")).hasValue("no-store");
        String key = made.path("api_key").textValue();
        assertThat(key).matches("token[A-Za-z0-9_-]{43}");
        refused(
                signUp(rig, "username=" + name.toUpperCase() + "&password=secret"),
                400,
                "{\"detail\":\"Username already taken\"}");

        JsonNode first = json(chat(key, "One", ""));
        assertThat(first.path("response").textValue()).isEqualTo("Echo: One");
        String id = first.path("chat_id").textValue();
        assertThat(id).matches("[A-Za-z0-9_-]{22}");
        assertThat(rig.lastAsked())
                .contains("[{\"role\":\"system\",\"content\":\"You are a helpful assistant.\"},"
                        + "{\"role\":\"user\",\"content\":\"One\"}]");
        assertThat(json(chat(key, "Two", ",\"chat_id\":\"" + id + "\""))
                        .path("chat_id")
                        .textValue())
                .isEqualTo(id);
        assertThat(rig.lastAsked()).contains("{\"role\":\"assistant\",\"content\":\"Echo: One\"}");
        JsonNode strings = json(history(key, id));
        assertThat(strings.path("chat_id").textValue()).isEqualTo(id);
        assertThat(strings.path("history").path(0).textValue()).isEqualTo("{\"text\": \"One\", \"role\": \"user\"}");
        assertThat(strings.path("history")).hasSize(4);
        assertThat(json(rig.send(rig.request("/chat/" + id + "/history?format=objects")
                                .header("Authorization", "Bearer " + key)))
                        .path("history")
                        .path(3))
                .hasToString("{\"text\":\"Echo: Two\",\"role\":\"assistant\"}");
        // The same account, in the other dialect: the key stands for its user, who signs in with the password.
        String token = json(rig.send(rig.request("/user/login")
                        .POST(BodyPublishers.ofString("{\"username\":\"" + name + "\",\"password\":\"secret\"}"))))
                .path("Token")
                .textValue();
        assertThat(json(rig.get("/chat/index", token))
                        .path("chats")
                        .path(0)
                        .path("id")
                        .textValue())
                .isEqualTo(id);
        assertThat(json(rig.get("/user/session", key)).at("/user/groups/0/name").textValue())
                .isEqualTo("Personal");
        assertThat(rig.get("/v1/models", key).statusCode()).isEqualTo(200);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{",
                "{}",
                "{\"message\":1,\"model\":\"gpt-4o\"}",
                "{\"message\":\"x\",\"model\":\"gpt-5\"}",
                "{\"message\":\"x\",\"model\":\"gpt-4o\",\"chat_id\":7}"
            })
    void whoIsRefusedIsToldWhatIsLeft(String body) {
        HttpResponse<String> refused = chat(rig, key(rig), body);
        assertThat(refused.statusCode()).isBetween(400, 422);
        assertThat(refused.headers().firstValue("x-ratelimit-remaining")).hasValue("50");
    }

    @Test
    void aTurnIsAdmittedMeteredAndArchived() {
        String key = key(rig);
        HttpResponse<String> answer = chat(key, "Counted", "");
        assertThat(answer.headers().firstValue("x-ratelimit-remaining")).hasValue("49");
        String user = json(rig.get("/user/session", key)).at("/user/id").textValue();
        rig.archived(
                "select i.endpoint, i.model, i.content, r.status, r.units, r.content from inputs i join responses r"
                        + " on r.input_id = i.id where i.user_id = '" + user + "'",
                List.of("/chat|gpt-4o-mini|Counted|done|1|Echo: Counted"));
    }

    @Test
    void nobodyReadsOrContinuesTheChatOfAnother() {
        String owner = key(rig);
        String other = key(rig);
        String id = json(chat(owner, "Mine", "")).path("chat_id").textValue();
        refused(history(other, id), 404, "{\"detail\":\"Chat history not found\"}");
        refused(history(other, "never-seen"), 404, "{\"detail\":\"Chat history not found\"}");
        refused(chat(other, "Yours", ",\"chat_id\":\"" + id + "\""), 404, "{\"detail\":\"Chat history not found\"}");
        // An id that nobody has is a new chat under that name (S4.8).
        String chosen = "chosen-" + UUID.randomUUID();
        assertThat(json(chat(other, "New", ",\"chat_id\":\"" + chosen + "\""))
                        .path("chat_id")
                        .textValue())
                .isEqualTo(chosen);
        assertThat(json(history(other, chosen)).path("history")).hasSize(2);
    }

    @Test
    void withoutAKeyThereIsNothing() {
        String key = key(rig);
        for (String credential : List.of("token", key + "x", "Bearer " + key + "x", "Basic " + key, "x y", ADMIN)) {
            refused(chat(credential, "Hello", ""), 403, REFUSED);
            refused(history(credential, "x"), 403, REFUSED);
        }
        refused(rig.send(rig.request("/chat/").POST(BodyPublishers.ofString("{}"))), 403, REFUSED);
        // The project's users have paths of their own.
        refused(chat("Bearer " + rig.token(rig.user()), "Hello", ""), 403, REFUSED);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ' ',
            value = {
                "{} 'missing message,missing model'",
                "{\"message\":\"\",\"model\":\"gpt-4o\"} 'missing message'",
                "{\"message\":1,\"model\":\"gpt-4o\"} 'value_error message'",
                "{\"message\":\"x\",\"model\":\"gpt-4o\",\"chat_id\":7} 'value_error chat_id'",
                "{\"message\":\"x\" 'json_invalid null'"
            })
    void whatDoesNotFitIsListed(String body, String wanted) throws IOException {
        String key = key(rig);
        HttpResponse<String> answer = chat(rig, key, body);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(422);
        StringBuilder list = new StringBuilder();
        for (JsonNode item : new ObjectMapper().readTree(answer.body()).path("detail")) {
            list.append(list.isEmpty() ? "" : ",")
                    .append(item.path("type").textValue())
                    .append(' ')
                    .append(item.path("loc").path(1).textValue());
            assertThat(item.path("loc").path(0).textValue()).isEqualTo("body");
            assertThat(item.path("msg").textValue()).isNotEmpty();
            assertThat(item.path("input").isNull()).isTrue();
        }
        assertThat(list).hasToString(wanted);
        assertThat(chat(key, "Hello", "").headers().firstValue("x-ratelimit-remaining"))
                .as("it cost nothing")
                .hasValue("49");
    }

    @Test
    void otherRefusalsHaveTheirWords() {
        String key = key(rig);
        refused(
                signUp(rig, "username=x"),
                422,
                "{\"detail\":[{\"type\":\"missing\",\"loc\":[\"body\",\"password\"],\"msg\":\"Field required\",\"input\":null}]}");
        refused(chat(rig, key, "{\"message\":\"x\",\"model\":\"gpt-5\"}"), 400, "{\"detail\":\"Unknown model\"}");
        HttpResponse<String> wrongMethod = rig.send(rig.request("/chat/").header("Authorization", key));
        refused(wrongMethod, 405, "{\"detail\":\"Method Not Allowed\"}");
        assertThat(wrongMethod.headers().firstValue("allow")).hasValue("POST");
        refused(chat(key, "[[model:fault-500]]", ""), 500, "{\"detail\":\"Chat service error\"}");
        assertThat(chat(key, "Hello", "").headers().firstValue("x-ratelimit-remaining"))
                .as("a failure costs nothing")
                .hasValue("49");
    }

    @Test
    void fiveTurnsAMinuteAndKey() {
        try (Rig limited = Rig.start(
                Map.of("ACCOUNTS", "on", "RATE_LIMIT", "60", "CHAT_RATE_LIMIT", "5", "REDIS_TIMEOUT", "5s"))) {
            String key = key(limited);
            String other = key(limited);
            String hello = "{\"message\":\"Hello\",\"model\":\"gpt-4o\"}";
            for (int i = 0; i < 5; i++) {
                assertThat(chat(limited, key, hello).statusCode()).isEqualTo(200);
                assertThat(chat(limited, key, "{}").statusCode())
                        .as("bad ones are free")
                        .isEqualTo(422);
            }
            HttpResponse<String> sixth = chat(limited, key, hello);
            refused(sixth, 429, "{\"detail\":\"Rate limit exceeded\"}");
            assertThat(sixth.headers().firstValueAsLong("retry-after").orElseThrow())
                    .isBetween(1L, 60L);
            assertThat(chat(limited, other, hello).statusCode()).isEqualTo(200);
        }
    }

    @Test
    void theMetricsInSixFiguresAreTheOperators() throws IOException {
        String key = key(rig);
        chat(key, "Counted", "");
        refused(
                rig.send(rig.request("/metrics/").header("Authorization", key).header("Accept", "application/json")),
                404,
                "{\"error\":\"Endpoint not found\"}");
        JsonNode totals = json(
                rig.send(rig.request("/metrics/").header("Authorization", ADMIN).header("Accept", "application/json")));
        assertThat(totals.fieldNames())
                .toIterable()
                .containsExactly("200x", "400x", "500x", "total_requests", "tokens_in", "tokens_out");
        assertThat(totals.path("200x").longValue()).isPositive();
        assertThat(totals.path("tokens_in").longValue()).isPositive();
        assertThat(totals.path("tokens_out").longValue()).isPositive();
        assertThat(totals.path("total_requests").longValue())
                .isGreaterThanOrEqualTo(
                        totals.path("200x").longValue() + totals.path("400x").longValue());
    }

    @Test
    void withAccountsOffNobodySignsUp() {
        try (Rig closed = Rig.start(Map.of("DATABASE_URL", rig.database().reveal(), "REDIS_TIMEOUT", "5s"))) {
            assertThat(signUp(closed, "username=x&password=secret").statusCode())
                    .isEqualTo(404);
            String key = key(rig);
            assertThat(chat(closed, key, "{\"message\":\"Hello\",\"model\":\"gpt-4o\"}")
                            .statusCode())
                    .isEqualTo(200);
        }
    }

    @Test
    void peopleOfTheOldTableKeepPasswordAndKey() {
        Secret database = TestPostgres.shared().database();
        String bcrypt = Password.hash("secret")
                .with(BcryptFunction.getInstance(Bcrypt.B, 4))
                .getResult();
        TestPostgres.execute(
                database,
                "create table users (username varchar primary key, hashed_password varchar, api_key varchar unique)",
                "insert into users values ('Ann', '" + bcrypt + "', 'token-804211'), ('ann', '" + bcrypt
                        + "', 'token12'), ('bob', '" + bcrypt + "', null)");
        try (Rig taken = Rig.start(Map.of("DATABASE_URL", database.reveal(), "REDIS_TIMEOUT", "5s"))) {
            String hello = "{\"message\":\"Hello\",\"model\":\"gpt-4o\"}";
            for (String key : List.of("token-804211", "token12")) {
                assertThat(chat(taken, key, hello).statusCode()).isEqualTo(200);
            }
            for (int i = 0; i < 2; i++) {
                assertThat(taken.send(taken.request("/user/login")
                                        .POST(BodyPublishers.ofString(
                                                "{\"username\":\"bob\",\"password\":\"secret\"}")))
                                .statusCode())
                        .isEqualTo(200);
            }
            assertThat(TestPostgres.query(
                            database, "select left(password_hash, 9) from broker_users where username = 'bob'"))
                    .containsExactly("$argon2id");
            assertThat(TestPostgres.query(database, "select count(*) from users"))
                    .containsExactly("3");
        }
    }
}
