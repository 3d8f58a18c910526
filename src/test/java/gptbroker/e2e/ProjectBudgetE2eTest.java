package gptbroker.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Tokens and dollars of a backend project, which its own limits give it. */
class ProjectBudgetE2eTest {
    private static Rig rig;
    private static Operator operator;

    @BeforeAll
    static void start() {
        rig = Rig.start(Map.of("ADMIN_KEY", Operator.KEY, "ADDRESS_RATE_LIMIT", "0", "REDIS_TIMEOUT", "5s"));
        operator = new Operator(rig);
    }

    @AfterAll
    static void stop() {
        rig.close();
    }

    private static String key(String slug, String settings) {
        return key(slug, "gpt-4o-mini", settings);
    }

    private static String key(String slug, String model, String limits) {
        String more = limits.isEmpty() ? "" : "," + limits;
        operator.ok("POST", "/admin/projects", "{\"slug\":\"" + slug + "\",\"model\":\"" + model + "\"" + more + "}");
        return operator.key(slug).path("key").textValue();
    }

    private static HttpResponse<String> query(String key, String content) {
        return rig.send(rig.request("/query")
                .header("X-API-Key", key)
                .header("Content-Type", "application/json")
                .POST(BodyPublishers.ofString("{\"content\":\"" + content + "\"}")));
    }

    private static void code(HttpResponse<String> answer, int status, String code) {
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(status);
        assertThat(answer.headers().firstValue("x-error-code")).hasValue(code);
    }

    private static long left(HttpResponse<String> answer) {
        return Long.parseLong(
                answer.headers().firstValue("x-ratelimit-remaining-tokens").orElseThrow());
    }

    @Test
    void aProjectHasItsOwnTokensAndDollars() {
        String key = key("tokens", "\"max_tokens\":50,\"limits\":{\"daily_tokens\":130,\"daily_cost_usd\":1}");
        HttpResponse<String> answer = query(key, "Hello");
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        assertThat(answer.headers().firstValue("x-ratelimit-limit-tokens")).hasValue("130");
        assertThat(left(answer)).isBetween(115L, 127L);
        assertThat(answer.headers().firstValue("RateLimit-Policy").orElse("")).contains("\"microusd\";q=1000000");
        HttpResponse<String> over = query(key, "Hello ".repeat(50));
        code(over, 429, "token_quota_exceeded");
        assertThat(over.body()).isEqualTo("{\"error\":\"Today's tokens are used up\"}");
        HttpResponse<String> known = query(key, "Hello");
        assertThat(known.headers().firstValue("X-Cache")).hasValue("HIT");
        assertThat(left(known)).isEqualTo(left(answer));
        assertThat(left(query(key, "Hello again"))).isLessThan(left(answer));
        code(query(key("dollars", "\"limits\":{\"daily_cost_usd\":0.0001}"), "Hello"), 429, "cost_quota_exceeded");
    }

    @Test
    void whoHasNoneOfTheirOwnGoesOnWithout() {
        HttpResponse<String> answer = query(key("free", ""), "Hello");
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        assertThat(answer.headers().firstValue("x-ratelimit-limit-tokens")).isEmpty();
    }

    @Test
    void aModelWithoutAPriceIsRefusedOnlyToABudgetInDollars() {
        String priced = key("priced", "mystery", "\"limits\":{\"daily_cost_usd\":1}");
        code(query(priced, "Hello"), 403, "model_price_unknown");
        assertThat(query(key("unpriced", "mystery", "\"limits\":{\"daily_tokens\":5000}"), "Hello")
                        .statusCode())
                .isEqualTo(200);
    }
}
