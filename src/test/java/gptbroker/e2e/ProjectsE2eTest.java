package gptbroker.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import gptbroker.testing.Eventually;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Backend projects from the outside: the flow of seed S0, and its holes closed. */
class ProjectsE2eTest {
    private static Rig rig;
    private static Operator operator;
    private static Backend backend;

    @BeforeAll
    static void start() {
        rig = Rig.start(Map.of("ADMIN_KEY", Operator.KEY, "ADDRESS_RATE_LIMIT", "0"));
        operator = new Operator(rig);
        backend = new Backend(rig, operator);
    }

    @AfterAll
    static void stop() {
        rig.close();
    }

    private static HttpResponse<String> form(String key, String fields) {
        return rig.send(rig.request("/query")
                .header("Authorization", "Bearer " + key)
                .header("Content-Type", "application/x-www-form-urlencoded")
                .POST(BodyPublishers.ofString(fields)));
    }

    private static HttpResponse<String> inputs(String key, String rest) {
        return rig.send(rig.request("/inputs" + rest).header("X-API-Key", key));
    }

    /** An input with its response. The broker waits a moment for what is not archived yet; a busy machine takes longer. */
    private static JsonNode answered(String key, String id) {
        var found = new AtomicReference<JsonNode>();
        Eventually.within(Duration.ofSeconds(60), "archived", () -> {
            HttpResponse<String> answer = inputs(key, "/" + id);
            assertThat(answer.statusCode()).as(answer.body()).isIn(200, 404);
            found.set(Operator.json(answer));
            return found.get().path("responses").size() == 1;
        });
        return found.get();
    }

    @Test
    void s0_theFlowOfAProject() {
        JsonNode project = operator.project(
                Backend.slug(), "\"system_prompt\":\"Be {{tone}}.\",\"temperature\":0.2,\"max_tokens\":9");
        String key = backend.keyOf(project);
        JsonNode answer =
                Backend.ok(backend.query(key, "{\"content\":\"Hello \\u0000\",\"variables\":{\"tone\":\"{{kind}}\"}}"));
        String id = answer.path("input_id").textValue();
        assertThat(answer.path("id").textValue()).isEqualTo(id);
        assertThat(answer.path("content").textValue()).isNotEmpty();
        assertThat(Instant.parse(answer.path("timestamp").textValue())).isNotNull();
        assertThat(answer.path("cached").booleanValue()).isFalse();
        JsonNode asked = Operator.json(
                rig.send(HttpRequest.newBuilder(java.net.URI.create(rig.model().url() + "/dev/last"))));
        assertThat(asked.toString())
                .contains("Be {{kind}}.")
                .contains("\"model\":\"gpt-4o-mini\"")
                .contains("\"temperature\":0.2")
                .contains("\"max_tokens\":9");

        JsonNode input = answered(key, id);
        assertThat(input.path("id").textValue()).isEqualTo(id);
        assertThat(input.path("content").textValue()).isEqualTo("Hello \u0000");
        JsonNode response = input.at("/responses/0");
        assertThat(response.path("input_id").textValue()).isEqualTo(id);
        assertThat(response.path("content").textValue())
                .isEqualTo(answer.path("content").textValue());
        assertThat(response.path("status").textValue()).isEqualTo("done");
        rig.archived(
                "select project_id, caller_id, caller_kind, endpoint, user_id is null from inputs where id = '" + id
                        + "'",
                List.of(project.path("id").textValue() + "|project:"
                        + project.path("id").textValue() + "|api_key|/query|t"));
    }

    @Test
    void s0_13_aKnownAnswerIsTheProjectsOwn() {
        JsonNode project = operator.project(Backend.slug(), "\"system_prompt\":\"Be {{tone}}.\"");
        String key = backend.keyOf(project);
        String sibling = backend.keyOf(project);
        String question = "{\"content\":\"Known?\",\"variables\":{\"tone\":\"brief\"}}";
        JsonNode first = Backend.ok(backend.query(key, question));
        HttpResponse<String> again = backend.query(sibling, question);
        JsonNode known = Backend.ok(again);
        assertThat(again.headers().firstValue("x-cache")).hasValue("HIT");
        assertThat(known.path("cached").booleanValue()).isTrue();
        assertThat(known.path("content")).isEqualTo(first.path("content"));
        assertThat(known.path("id")).isNotEqualTo(first.path("id"));
        assertThat(Backend.ok(backend.query(key, question.replace("brief", "kind")))
                        .path("cached")
                        .booleanValue())
                .isFalse();
        assertThat(Backend.ok(backend.query(backend.key("\"system_prompt\":\"Be {{tone}}.\""), question))
                        .path("cached")
                        .booleanValue())
                .isFalse();
        JsonNode input = answered(key, known.path("id").textValue());
        assertThat(input.at("/responses/0/status").textValue()).isEqualTo("cached");
        assertThat(input.at("/responses/0/content")).isEqualTo(first.path("content"));
    }

    @Test
    void s0_6_formsAndBearer() {
        String key = backend.key("");
        HttpResponse<String> form = form(key, "content=Hello+there");
        String id = Backend.ok(form).path("id").textValue();
        assertThat(form.headers().firstValue("RateLimit")).isPresent();
        assertThat(answered(key, id).path("content").textValue()).isEqualTo("Hello there");
        String filled = backend.key("\"system_prompt\":\"Be {{tone}}.\"");
        Backend.ok(form(filled, "content=x&variables=%7B%22tone%22%3A%22dry%22%7D"));
        assertThat(rig.lastAsked()).contains("Be dry.");
        for (String bad : List.of(
                "", "content=", "content=x&content=y", "content=x&variables=tone", "content=x&variables=%5B%5D")) {
            assertThat(form(filled, bad).statusCode()).as(bad).isEqualTo(400);
        }
    }

    @Test
    void s0_7_pagesOfTheOwnProjectAlone() {
        JsonNode project = operator.project(Backend.slug(), "");
        String key = backend.keyOf(project);
        String sibling = backend.keyOf(project);
        String stranger = backend.key("");
        List<String> ids = List.of("1", "2", "3").stream()
                .map(text -> Backend.ok(backend.query(key, "{\"content\":\"" + text + "\"}"))
                        .path("id")
                        .textValue())
                .toList();
        rig.archived(
                "select count(*) from responses r join inputs i using (id) where r.status = 'done' and i.project_id = '"
                        + project.path("id").textValue() + "'",
                List.of("3"));
        JsonNode page = Backend.ok(inputs(sibling, "?limit=2"));
        assertThat(page.at("/inputs/0/id").textValue()).isEqualTo(ids.get(2));
        JsonNode rest = Backend.ok(
                inputs(sibling, "?limit=2&before=" + page.path("next").textValue()));
        assertThat(rest.path("inputs")).hasSize(1);
        assertThat(rest.at("/inputs/0/content").textValue()).isEqualTo("1");
        assertThat(rest.path("next").isNull()).isTrue();

        assertThat(Backend.ok(inputs(stranger, "")).path("inputs")).isEmpty();
        HttpResponse<String> foreign = inputs(stranger, "/" + ids.getFirst());
        HttpResponse<String> none = inputs(stranger, "/" + UUID.randomUUID());
        assertThat(foreign.statusCode()).isEqualTo(404);
        assertThat(foreign.body()).isEqualTo(none.body()).isEqualTo("{\"error\":\"Not found\"}");
        assertThat(inputs(key, "/x").statusCode()).isEqualTo(400);
        assertThat(inputs(key, "?limit=0").statusCode()).isEqualTo(400);
    }

    @Test
    void s0_8_whoHasNoKeyIsToldSo() {
        String wrong = "gb_" + "x".repeat(51);
        HttpResponse<String> none = rig.send(rig.request("/query").POST(BodyPublishers.ofString("{}")));
        for (HttpResponse<String> refused : List.of(
                none,
                backend.query(wrong, "{\"content\":\"x\"}"),
                backend.query("sk-foreign", "{\"content\":\"x\"}"),
                backend.query(rig.token(rig.user()), "{\"content\":\"x\"}"),
                inputs(wrong, ""),
                inputs(wrong, "/" + UUID.randomUUID()))) {
            assertThat(refused.statusCode()).isEqualTo(401);
            assertThat(refused.body()).isEqualTo("{\"error\":\"Invalid API key\"}");
        }
        assertThat(backend.query(Operator.KEY, "{\"content\":\"x\"}").statusCode())
                .isEqualTo(403);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "{}",
                "[]",
                "\"x\"",
                "{\"content\":\"\"}",
                "{\"content\":\" \\n\"}",
                "{\"content\":7}",
                "{\"content\":null}",
                "{\"content\":\"x\",\"variables\":[]}",
                "{\"content\":\"x\"}",
                "{\"content\":\"x\",\"variables\":{\"tone\":null}}",
                "{\"content\":\"x\",\"content\":\"y\"}",
                "{\"content\":\"x\"} x",
                "{"
            })
    void s0_8_badInputCostsNothing(String body) {
        String key = backend.key("\"system_prompt\":\"Be {{tone}}.\",\"limits\":{\"daily_requests\":1}");
        HttpResponse<String> refused = backend.query(key, body);
        assertThat(refused.statusCode()).isEqualTo(400);
        assertThat(refused.headers().firstValue("X-RateLimit-Remaining")).hasValue("1");
    }

    @Test
    void s0_8_otherBodiesAndSizes() {
        String key = backend.key("");
        assertThat(rig.send(rig.request("/query")
                                .header("X-API-Key", key)
                                .header("Content-Type", "text/plain")
                                .POST(BodyPublishers.ofString("hello")))
                        .statusCode())
                .isEqualTo(415);
        assertThat(backend.query(key, "{\"content\":\"" + "x".repeat(1 << 20) + "\"}")
                        .statusCode())
                .isEqualTo(413);
        assertThat(backend.query(key, "{\"content\":\"" + "x".repeat(1 << 20) + "\"}")
                        .body())
                .isEqualTo("{\"error\":\"request entity too large\"}");
        HttpResponse<String> method = rig.send(rig.request("/query").header("X-API-Key", key));
        assertThat(method.statusCode()).isEqualTo(405);
        assertThat(method.headers().firstValue("Allow")).hasValue("POST");
    }

    @Test
    void s0_8_failuresOfTheModelAreTold() {
        JsonNode project = operator.project(Backend.slug(), "\"limits\":{\"daily_requests\":5}");
        String key = backend.keyOf(project);
        HttpResponse<String> failed = backend.query(key, "{\"content\":\"[[model:fault-500]] x\"}");
        assertThat(failed.statusCode()).isEqualTo(502);
        assertThat(failed.body()).isEqualTo("{\"error\":\"The model could not answer\"}");
        assertThat(failed.headers().firstValue("X-RateLimit-Remaining")).hasValue("5");
        rig.archived(
                "select r.status, r.units from responses r join inputs i using (id) where r.status <> 'open'"
                        + " and i.project_id = '" + project.path("id").textValue() + "'",
                List.of("error|0"));
    }

    @Test
    void projectsHaveTheirOwnDayTogetherAndAKeyMayHaveItsOwn() {
        JsonNode project = operator.project(Backend.slug(), "\"limits\":{\"daily_requests\":2}");
        String path = "/admin/projects/" + project.path("slug").textValue() + "/keys";
        String one = backend.keyOf(project);
        String two = backend.keyOf(project);
        String own = operator.ok("POST", path, "{\"name\":\"own\",\"limits\":{\"daily_requests\":1}}")
                .path("key")
                .textValue();
        Backend.ok(backend.query(one, "{\"content\":\"1\"}"));
        Backend.ok(backend.query(two, "{\"content\":\"2\"}"));
        HttpResponse<String> over = backend.query(one, "{\"content\":\"3\"}");
        assertThat(over.statusCode()).isEqualTo(429);
        assertThat(over.body()).isEqualTo("{\"error\":\"Today's requests are used up\"}");
        assertThat(over.headers().firstValue("Retry-After")).isPresent();
        Backend.ok(backend.query(own, "{\"content\":\"4\"}"));
        assertThat(backend.query(own, "{\"content\":\"5\"}").statusCode()).isEqualTo(429);
    }
}
