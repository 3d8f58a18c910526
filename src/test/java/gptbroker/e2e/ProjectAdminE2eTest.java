package gptbroker.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import gptbroker.testing.TestPostgres;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the operator does with projects and keys, and when it holds. */
class ProjectAdminE2eTest {
    private static Rig rig;
    private static Operator operator;
    private static Backend backend;

    @BeforeAll
    static void start() {
        rig = Rig.start(Map.of("ADMIN_KEY", Operator.KEY));
        operator = new Operator(rig);
        backend = new Backend(rig, operator);
    }

    @AfterAll
    static void stop() {
        rig.close();
    }

    @Test
    void aChangeHoldsForTheNextCall() {
        JsonNode project = operator.project(Backend.slug(), "\"limits\":{\"daily_requests\":9,\"concurrency\":3}");
        String path = "/admin/projects/" + project.path("id").textValue();
        String key = backend.keyOf(project);
        Backend.ok(backend.query(key, "{\"content\":\"1\"}"));
        operator.ok("PATCH", path, "{\"system_prompt\":\"Anew.\",\"model\":\"gpt-4o\"}");
        Backend.ok(backend.query(key, "{\"content\":\"2\"}"));
        assertThat(rig.lastAsked()).contains("Anew.").contains("\"gpt-4o\"");
        JsonNode suspended = operator.ok("PATCH", path, "{\"limits\":{\"daily_requests\":0},\"system_prompt\":null}");
        assertThat(suspended.at("/limits/concurrency").intValue()).isEqualTo(3);
        assertThat(suspended.path("system_prompt").isNull()).isTrue();
        HttpResponse<String> refused = backend.query(key, "{\"content\":\"3\"}");
        assertThat(refused.statusCode()).isEqualTo(403);
        assertThat(refused.headers().firstValue("x-error-code")).hasValue("access_denied");
    }

    @Test
    void usageIsOfAllItsKeysAndNobodyElses() {
        JsonNode project = operator.project(Backend.slug(), "");
        String path = "/admin/projects/" + project.path("slug").textValue();
        String own = operator.ok("POST", path + "/keys", "{\"limits\":{\"daily_requests\":5}}")
                .path("key")
                .textValue();
        Backend.ok(backend.query(backend.keyOf(project), "{\"content\":\"1\"}"));
        Backend.ok(backend.query(own, "{\"content\":\"2\"}"));
        Backend.ok(backend.query(backend.key(""), "{\"content\":\"3\"}"));
        rig.archived(
                "select count(*) from responses r join inputs i on i.id = r.input_id where r.status = 'done'"
                        + " and i.project_id = '" + project.path("id").textValue() + "'",
                List.of("2"));
        JsonNode day = operator.ok("GET", path + "/usage?days=2", "").at("/days/0");
        assertThat(day.path("calls").intValue()).isEqualTo(2);
        assertThat(day.path("units").intValue()).isEqualTo(2);
        assertThat(day.path("prompt_tokens").intValue()).isPositive();
        assertThat(operator.send("GET", path + "/usage?days=0", "").statusCode())
                .isEqualTo(400);
        assertThat(operator.send("GET", "/admin/projects/nobody/usage", "").statusCode())
                .isEqualTo(404);
    }

    @Test
    void s0_15_aKeysLife() {
        JsonNode project = operator.project(Backend.slug(), "");
        String path = "/admin/projects/" + project.path("slug").textValue() + "/keys";
        JsonNode made = operator.key(project.path("slug").textValue());
        String first = made.path("key").textValue();
        String id = made.path("id").textValue();
        assertThat(first)
                .startsWith("gb_")
                .hasSize(54)
                .startsWith(made.path("prefix").textValue());
        Backend.ok(backend.query(first, "{\"content\":\"1\"}"));

        String second = operator.ok("POST", "/admin/keys/" + id + "/rotate", "")
                .path("key")
                .textValue();
        assertThat(backend.query(first, "{\"content\":\"x\"}").statusCode()).isEqualTo(401);
        Backend.ok(backend.query(second, "{\"content\":\"2\"}"));

        JsonNode gone = operator.ok("DELETE", "/admin/keys/" + id, "");
        assertThat(gone.has("key")).isFalse();
        assertThat(gone.path("everywhere").booleanValue()).isTrue();
        assertThat(backend.query(second, "{\"content\":\"x\"}").statusCode()).isEqualTo(401);
        assertThat(operator.ok("DELETE", "/admin/keys/" + id, "").path("revoked_at"))
                .isEqualTo(gone.path("revoked_at"));
        assertThat(operator.send("POST", "/admin/keys/" + id + "/rotate", "").statusCode())
                .isEqualTo(404);
        JsonNode listed = operator.ok("GET", path, "");
        assertThat(listed.path("keys")).hasSize(1);
        assertThat(listed.toString()).doesNotContain(first).doesNotContain(second);
        assertThat(TestPostgres.query(rig.database(), "select * from broker_api_keys")
                        .toString())
                .doesNotContain(first)
                .doesNotContain(second);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{\"slug\":\"a b\",\"model\":\"m\"} | /slug",
                "{\"slug\":\"0194d3c2-7a1b-4c5d-8e9f-0a1b2c3d4e5f\",\"model\":\"m\"} | /slug",
                "{\"slug\":\"bad\"} | /model",
                "{\"slug\":\"bad\",\"model\":\"a b\"} | /model",
                "{\"slug\":\"bad\",\"model\":\"m\",\"temperature\":3} | /temperature",
                "{\"slug\":\"bad\",\"model\":\"m\",\"max_tokens\":-1} | /max_tokens",
                "{\"slug\":\"bad\",\"model\":\"m\",\"system_prompt\":\"{{a\"} | /system_prompt",
                "{\"slug\":\"bad\",\"model\":\"m\",\"colour\":\"red\"} | /colour",
                "{\"slug\":\"bad\",\"model\":\"m\",\"limits\":{\"daily_requests\":-1}} | /limits/daily_requests",
                "{\"slug\":\"bad\",\"model\":\"m\",\"limits\":{\"daily_cost_usd\":\"x\"}} | /limits/daily_cost_usd",
                "{\"slug\":\"bad\",\"model\":\"m\",\"limits\":{\"monthly\":1}} | /limits/monthly"
            })
    void mistakesOfTheOperatorAreNamed(String body, String field) {
        HttpResponse<String> refused = operator.send("POST", "/admin/projects", body);
        assertThat(refused.statusCode()).isEqualTo(400);
        assertThat(refused.body()).contains(field);
    }

    @Test
    void aNameIsTakenOnce() {
        String slug = Backend.slug();
        operator.project(slug, "");
        HttpResponse<String> again =
                operator.send("POST", "/admin/projects", "{\"slug\":\"" + slug + "\",\"model\":\"m\"}");
        assertThat(again.statusCode()).isEqualTo(409);
        assertThat(again.headers().firstValue("x-error-code")).hasValue("already_exists");
        assertThat(operator.send("GET", "/admin/projects/nobody", "").statusCode())
                .isEqualTo(404);
        assertThat(operator.send("POST", "/admin/projects/nobody/keys", "{}").statusCode())
                .isEqualTo(404);
        assertThat(operator.ok("GET", "/admin/projects", "").toString()).contains("\"" + slug + "\"");
    }
}
