package gptbroker.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import gptbroker.testing.TestPostgres;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What users see of themselves, and of nobody else. */
class MeE2eTest {
    private static final String ASK = "/simple-gpt-4o-mini-complete?prompt=";
    private static final String KEY = "operator-key-of-24-characters";
    private static Rig rig;

    @BeforeAll
    static void start() {
        rig = Rig.start(Map.of("ADMIN_KEY", KEY));
    }

    @AfterAll
    static void stop() {
        rig.close();
    }

    private static JsonNode json(HttpResponse<String> answer) {
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        try {
            return new ObjectMapper().readTree(answer.body());
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static JsonNode get(String path, UUID user) {
        return json(rig.get(path, rig.token(user)));
    }

    private static void asked(UUID user, String... prompts) {
        for (String prompt : prompts) {
            assertThat(rig.get(ASK + prompt, rig.token(user)).statusCode()).isEqualTo(200);
        }
        rig.archived(
                "select count(*) from responses where status = 'done' and user_id = '" + user + "'",
                List.of("" + prompts.length));
    }

    private static HttpResponse<String> erase(UUID user) {
        return rig.send(rig.request("/me/data")
                .header("Authorization", "Bearer " + rig.token(user))
                .DELETE());
    }

    private static List<String> texts(JsonNode list, String field) {
        var texts = new ArrayList<String>();
        list.forEach(element -> texts.add(element.path(field).asText()));
        return texts;
    }

    @Test
    void tellsWhoTheyAreAndWhatIsLeft() {
        UUID user = rig.user();
        JsonNode me = get("/me", user);
        assertThat(me.path("id").textValue()).isEqualTo(user.toString());
        assertThat(me.path("tier").textValue()).isEqualTo("default");
        assertThat(me.path("anonymous").booleanValue()).isFalse();
        assertThat(me.path("expires_at").textValue()).endsWith("Z");
        asked(user, "x");
        HttpResponse<String> limits = rig.get("/me/limits", rig.token(user));
        assertThat(json(limits).at("/day/limit").intValue()).isEqualTo(50);
        assertThat(json(limits).at("/day/remaining").intValue()).isEqualTo(49);
        assertThat(json(limits).path("minute").isNull()).isTrue();
        assertThat(limits.headers().firstValue("x-ratelimit-remaining")).hasValue("49");
        assertThat(limits.headers().firstValue("cache-control")).hasValue("private, no-store");
    }

    @Test
    void usageIsTheSumOfTheArchive() {
        UUID user = rig.user();
        assertThat(get("/me/usage", user).path("days")).isEmpty();
        asked(user, "a", "b");
        rig.post(
                "/gpt-4o",
                rig.token(user),
                "{\"messages\":[{\"role\":\"user\",\"content\":\"[[model:fault-500]]\"}],\"temperature\":0}");
        rig.archived(
                "select count(*) from responses where status = 'error' and user_id = '" + user + "'", List.of("1"));
        JsonNode day = get("/me/usage?days=1", user).path("days").path(0);
        assertThat(day.path("calls").intValue()).isEqualTo(3);
        assertThat(day.path("units").intValue()).isEqualTo(2);
        assertThat(day.path("calls_without_tokens").intValue()).isEqualTo(1);
        assertThat(rig.archive("select sum(prompt_tokens), sum(completion_tokens) from responses where user_id = '"
                        + user + "'"))
                .containsExactly(day.path("prompt_tokens") + "|" + day.path("completion_tokens"));
    }

    @Test
    void absentTokensAreNotNought() {
        UUID user = rig.user();
        asked(user, "a");
        TestPostgres.execute(
                rig.database(),
                "update responses set prompt_tokens = null, completion_tokens = null where user_id = '" + user + "'");
        JsonNode day = get("/me/usage", user).path("days").path(0);
        assertThat(day.path("prompt_tokens").isNull()).isTrue();
        assertThat(day.path("completion_tokens").isNull()).isTrue();
    }

    @Test
    void historyIsPagedAndTheirs() {
        UUID user = rig.user();
        UUID other = rig.user();
        asked(other, "secret");
        asked(user, "one", "two", "three");
        JsonNode first = get("/me/history?limit=2", user);
        assertThat(texts(first.path("exchanges"), "input")).containsExactly("three", "two");
        JsonNode second = get("/me/history?limit=2&before=" + first.path("next").textValue(), user);
        assertThat(texts(second.path("exchanges"), "input")).containsExactly("one");
        assertThat(second.path("next").isNull()).isTrue();
        JsonNode one = second.path("exchanges").path(0);
        assertThat(one.path("status").textValue()).isEqualTo("done");
        assertThat(one.path("output").textValue()).isNotEmpty();
        assertThat(one.has("caller_id")).isFalse();
        String theirs =
                get("/me/history", other).path("exchanges").path(0).path("id").textValue();
        // Somebody else's cursor is a place in time, nothing more.
        assertThat(get("/me/history?before=" + theirs, user).path("exchanges")).isEmpty();
        assertThat(rig.get("/me/history?user=" + other, rig.token(user)).body()).doesNotContain("secret");
        assertThat(rig.get("/me/export?user=" + other, rig.token(user)).body()).doesNotContain("secret");
    }

    @Test
    void whatTextCannotHoldIsExact() {
        UUID user = rig.user();
        asked(user, "a%00b");
        assertThat(texts(get("/me/history", user).path("exchanges"), "input")).containsExactly("a\u0000b");
        assertThat(rig.get("/me/export", rig.token(user)).body()).endsWith("}\n");
    }

    @Test
    void exportHasEveryRowOnALine() throws IOException {
        UUID user = rig.user();
        asked(user, "origin");
        TestPostgres.execute(
                rig.database(),
                "insert into inputs select (left(id::text, 24) || lpad(to_hex(n), 12, '0'))::uuid, 'row ' || n,"
                        + " null, \"timestamp\", user_id, caller_kind, caller_id, endpoint, model"
                        + " from inputs, generate_series(1, 5000) n where user_id = '" + user + "'");
        String[] lines = rig.get("/me/export", rig.token(user)).body().split("\n");
        assertThat(lines).hasSize(5001).doesNotHaveDuplicates();
        for (String line : lines) {
            assertThat(new ObjectMapper().readTree(line).path("input").isTextual())
                    .isTrue();
        }
        assertThat(json(erase(user)).path("erased").intValue()).isEqualTo(5001);
        assertThat(rig.get("/me/export", rig.token(user)).body()).isEmpty();
    }

    @Test
    void erasedStaysErasedAndTheDayStaysUsed() {
        UUID user = rig.user();
        UUID other = rig.user();
        asked(user, "a", "b");
        asked(other, "kept");
        assertThat(json(erase(user)).path("erased").intValue()).isEqualTo(2);
        assertThat(get("/me/history", user).path("exchanges")).isEmpty();
        assertThat(rig.archive("select count(*) from responses where user_id = '" + user + "'"))
                .containsExactly("0");
        assertThat(get("/me/history", other).path("exchanges")).hasSize(1);
        assertThat(get("/me/limits", user).at("/day/remaining").intValue()).isEqualTo(48);
        assertThat(json(erase(user)).path("erased").intValue()).isZero();
        asked(user, "new");
        assertThat(texts(get("/me/history", user).path("exchanges"), "input")).containsExactly("new");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/me/usage?days=0",
                "/me/usage?days=367",
                "/me/usage?days=x",
                "/me/usage?days=1&days=2",
                "/me/history?limit=0",
                "/me/history?limit=201",
                "/me/history?limit=-1",
                "/me/history?before=",
                "/me/history?before=1",
                "/me/history?before=%27%20or%201=1"
            })
    void badParametersAreRefused(String path) {
        HttpResponse<String> refused = rig.get(path, rig.token(rig.user()));
        assertThat(refused.statusCode()).isEqualTo(400);
        assertThat(refused.headers().firstValue("x-error-code")).hasValue("parameter_invalid");
        assertThat(refused.headers().firstValue("x-ratelimit-remaining")).hasValue("50");
    }

    @ParameterizedTest
    @ValueSource(strings = {"/me", "/me/limits", "/me/usage", "/me/history", "/me/export"})
    void onlyUsersAreAnswered(String path) {
        assertThat(rig.send(rig.request(path)).statusCode()).isEqualTo(401);
        assertThat(rig.get(path, "nonsense").statusCode()).isEqualTo(401);
        assertThat(rig.get(path, KEY).statusCode()).isEqualTo(403);
        assertThat(rig.post(path, rig.token(rig.user()), "{}").statusCode()).isEqualTo(405);
        assertThat(rig.internal(path).statusCode()).isEqualTo(404);
    }
}
