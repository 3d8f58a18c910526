package gptbroker.e2e;

import static gptbroker.e2e.Talker.ok;
import static gptbroker.e2e.Talker.refused;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** People who signed up here see of themselves what Supabase's users see, and nobody else's. */
class MeLocalE2eTest {
    private static final String APP = "https://app.example.com";
    private static final String EVIL = "https://evil.example";
    private static Rig rig;

    @BeforeAll
    static void start() {
        rig = Rig.start(Map.of(
                "ACCOUNTS",
                "on",
                "SIGNUP_LIMIT",
                "0",
                "ADDRESS_RATE_LIMIT",
                "0",
                "CORS_ORIGINS",
                APP,
                "TIER_DAILY_LIMITS",
                "local=20"));
    }

    @AfterAll
    static void stop() {
        rig.close();
    }

    private record Person(String id, String session, String key) {
        static Person signUp() {
            String form = "username=p-" + UUID.randomUUID() + "&password=bazbar";
            String key =
                    Talker.tree(post("/signup/", form).body()).path("api_key").textValue();
            JsonNode signedIn = Talker.tree(post("/user/login", form).body());
            return new Person(
                    signedIn.at("/User/id").textValue(), signedIn.path("Token").textValue(), key);
        }

        private static HttpResponse<String> post(String path, String form) {
            return rig.send(rig.request(path)
                    .header("Content-Type", "application/x-www-form-urlencoded")
                    .POST(BodyPublishers.ofString(form)));
        }

        void ask(String text) {
            HttpResponse<String> answer = rig.send(rig.request("/chat/")
                    .header("Authorization", key)
                    .header("Content-Type", "application/json")
                    .POST(BodyPublishers.ofString(Talker.json("message", text, "model", "gpt-4o"))));
            assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
            rig.archived(
                    "select count(*) > 0 from responses where status = 'done' and user_id = '" + id + "'",
                    List.of("t"));
        }
    }

    private static HttpRequest.Builder cookie(String path, Person person) {
        return rig.request(path).header("Cookie", "sess=" + person.session());
    }

    private static HttpRequest.Builder basic(String path, Person person) {
        String pair = Base64.getEncoder().encodeToString(("x:" + person.session()).getBytes(StandardCharsets.US_ASCII));
        return rig.request(path).header("Authorization", "Basic " + pair);
    }

    @ParameterizedTest
    @ValueSource(strings = {"/me", "/me/limits", "/me/usage", "/me/history", "/me/export"})
    void everyFormOfACredentialSeesTheSame(String path) {
        Person person = Person.signUp();
        person.ask("mine");
        Person other = Person.signUp();
        HttpResponse<String> byKey = rig.get(path, person.key());
        assertThat(byKey.statusCode()).isEqualTo(200);
        assertThat(byKey.headers().firstValue("x-ratelimit-limit")).hasValue("20");
        for (HttpResponse<String> answer : List.of(
                rig.get(path, person.session()),
                rig.send(cookie(path, person)),
                rig.send(cookie(path, person).header("Origin", APP)),
                rig.send(basic(path, person)))) {
            assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
            if (!Set.of("/me", "/me/limits").contains(path)) {
                assertThat(answer.body()).isEqualTo(byKey.body());
            }
        }
        refused(rig.send(cookie(path, person).header("Origin", EVIL)), 403, "origin_denied");
        refused(rig.send(basic(path, person).header("Origin", EVIL)), 403, "origin_denied");
        refused(rig.get(path, person.session().toLowerCase()), 401, "token_invalid");
        assertThat(rig.get(path + "?user=" + person.id(), other.session()).body())
                .doesNotContain("mine", person.id());
    }

    @Test
    void theyAreToldWhoTheyAre() {
        Person person = Person.signUp();
        JsonNode me = ok(rig.get("/me", person.session()));
        assertThat(me.path("id").textValue()).isEqualTo(person.id());
        assertThat(me.path("tier").textValue()).isEqualTo("local");
        assertThat(me.path("expires_at").textValue()).endsWith("Z");
        JsonNode byKey = ok(rig.get("/me", person.key()));
        assertThat(byKey.path("id").textValue()).isEqualTo(person.id());
        assertThat(byKey.path("expires_at").isNull()).isTrue();
    }

    @Test
    void aSessionErasesAndAKeyDoesNot() {
        Person person = Person.signUp();
        Person other = Person.signUp();
        person.ask("mine");
        other.ask("theirs");
        String path = "/me/data";
        HttpRequest.Builder byKey = rig.request(path).header("Authorization", "Bearer " + person.key());
        refused(rig.send(byKey.DELETE()), 403, "access_denied");
        refused(rig.send(cookie(path, person).header("Origin", EVIL).DELETE()), 403, "origin_denied");
        refused(
                rig.send(cookie(path, person)
                        .header("Sec-Fetch-Site", "cross-site")
                        .DELETE()),
                403,
                "origin_denied");
        assertThat(ok(rig.get("/me/history", person.key())).path("exchanges")).hasSize(1);
        assertThat(ok(rig.send(cookie(path, person).header("Origin", APP).DELETE()))
                        .path("erased")
                        .intValue())
                .isEqualTo(1);
        assertThat(rig.get("/me/export", person.session()).body()).isEmpty();
        assertThat(rig.get("/me/export", other.key()).body()).contains("theirs").doesNotContain("mine");
        // The session and the account stay, the day stays used.
        assertThat(ok(rig.get("/me/limits", person.session()))
                        .at("/day/remaining")
                        .intValue())
                .isEqualTo(19);
    }

    @Test
    void aSessionThatHasEndedOpensNothing() {
        Person person = Person.signUp();
        assertThat(rig.get("/user/logout", person.session()).statusCode()).isEqualTo(200);
        refused(rig.get("/me", person.session()), 401, "token_invalid");
        refused(rig.send(cookie("/me/data", person).DELETE()), 401, "token_invalid");
    }
}
