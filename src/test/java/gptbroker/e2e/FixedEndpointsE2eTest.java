package gptbroker.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import gptbroker.dev.ScriptedModel;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The five endpoints from outside: answers, archive rows and what is charged. */
class FixedEndpointsE2eTest {
    private static final String HELLO = "[{\"role\":\"user\",\"content\":\"Hello\"}]";
    private static Rig rig;

    @BeforeAll
    static void start() {
        rig = Rig.start(Map.of());
    }

    @AfterAll
    static void stop() {
        rig.close();
    }

    private static String answer(String model) {
        return ScriptedModel.answer(model, "Hello");
    }

    @Test
    void simpleAnswersPlainText() {
        UUID user = rig.user();
        HttpResponse<String> answer = rig.get("/simple-gpt-4o-mini-complete?prompt=Hello", rig.token(user));
        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(answer.headers().firstValue("content-type")).hasValue("text/plain; charset=utf-8");
        assertThat(answer.body()).isEqualTo(answer("gpt-4o-mini").strip());
        assertThat(answer.headers().firstValue("x-ratelimit-remaining")).hasValue("49");
        rig.archived(
                "select r.status, r.units, i.content, r.content from inputs i join responses r on r.input_id = i.id"
                        + " where i.user_id = '" + user + "'",
                List.of("done|1|Hello|" + answer("gpt-4o-mini").strip()));
    }

    @Test
    void advancedTakesBothBodyForms() {
        String token = rig.token(rig.user());
        for (String body : List.of(HELLO, "{\"messages\":" + HELLO + ",\"temperature\":7}")) {
            HttpResponse<String> answer = rig.post("/advanced-gpt-4o-mini-complete", token, body);
            assertThat(answer.statusCode()).isEqualTo(200);
            assertThat(answer.body()).isEqualTo(answer("gpt-4o-mini"));
        }
    }

    @Test
    void v2AndGpt4oAnswerJson() {
        String token = rig.token(rig.user());
        String body = "{\"messages\":" + HELLO + ",\"temperature\":0.3}";
        assertThat(rig.post("/v2/advanced-gpt-4o-mini-complete", token, body).body())
                .isEqualTo("{\"message\":\"" + answer("gpt-4o-mini") + "\"}");
        assertThat(rig.post("/GPT-4o/", token, body).body()).isEqualTo("{\"message\":\"" + answer("gpt-4o") + "\"}");
    }

    @Test
    void streamAnswersLines() {
        UUID user = rig.user();
        String body = "{\"model\":\"gpt-4o\",\"messages\":" + HELLO + "}";
        HttpResponse<String> answer = rig.post("/stream", rig.token(user), body);
        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(answer.headers().firstValue("content-type")).hasValue("application/json");
        assertThat(answer.body()).endsWith("\"}\n");
        String text = String.join(
                "",
                Arrays.stream(answer.body().split("\n"))
                        .map(line -> line.replaceAll("^\\{\"data\":\"(.*)\"}$", "$1"))
                        .toList());
        assertThat(text).isEqualTo(answer("gpt-4o"));
        rig.archived(
                "select status, units, content from responses where user_id = '" + user + "'",
                List.of("done|1|" + text));
    }

    @Test
    void streamAnswersEventsToWhoAcceptsThem() {
        HttpResponse<String> answer = rig.send(rig.request("/stream")
                .header("Authorization", "Bearer " + rig.token(rig.user()))
                .header("Accept", "text/event-stream")
                .header("Content-Type", "application/json")
                .POST(BodyPublishers.ofString("{\"model\":\"gpt-4o-mini\",\"messages\":" + HELLO + "}")));
        assertThat(answer.headers().firstValue("content-type")).hasValue("text/event-stream; charset=utf-8");
        assertThat(answer.body()).startsWith("data: {\"data\":\"").endsWith("data: [DONE]\n\n");
    }

    @Test
    void theDayEnds() {
        try (Rig small = Rig.start(Map.of("DAILY_LIMIT", "2"))) {
            String token = small.token(small.user());
            String path = "/simple-gpt-4o-mini-complete?prompt=x";
            assertThat(small.get(path, token).statusCode()).isEqualTo(200);
            assertThat(small.get(path, token).statusCode()).isEqualTo(200);
            HttpResponse<String> refused = small.get(path, token);
            assertThat(refused.statusCode()).isEqualTo(429);
            assertThat(refused.body()).isEqualTo("{\"error\":\"GPT Rate limit exceeded.\",\"message\":null}");
            assertThat(refused.headers().firstValue("x-error-code")).hasValue("quota_exceeded");
            assertThat(refused.headers().firstValue("x-should-retry")).hasValue("false");
            assertThat(refused.headers().firstValue("retry-after")).isPresent();
        }
    }
}
