package gptbroker.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.net.http.HttpRequest;
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

/** OpenAI's API from outside: what passes, what is kept, and how errors look. */
class V1E2eTest {
    private static final String CHAT = "/v1/chat/completions";
    private static Rig rig;

    @BeforeAll
    static void start() {
        rig = Rig.start(Map.of("MODEL_MAP", "public=gpt-4o", "REDIS_TIMEOUT", "5s"));
    }

    @AfterAll
    static void stop() {
        rig.close();
    }

    private static String chat(String prompt, String more) {
        return "{\"model\":\"gpt-4o\",\"messages\":[{\"role\":\"user\",\"content\":\"" + prompt + "\"}]" + more + "}";
    }

    /** What the archive holds of a user. */
    private static void archived(UUID user, String... rows) {
        rig.archived(
                "select i.endpoint, i.model, i.content, r.status, r.units, r.content, r.prompt_tokens,"
                        + " r.completion_tokens from inputs i join responses r on r.input_id = i.id where i.user_id = '"
                        + user + "' order by i.id",
                List.of(rows));
    }

    @Test
    void aChatPassesAndIsKept() {
        UUID user = rig.user();
        HttpResponse<String> answer = rig.post(CHAT, rig.token(user), chat("Hello", ",\"seed\":1.50"));
        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(answer.headers().firstValue("x-ratelimit-remaining-requests"))
                .hasValue("49");
        assertThat(answer.headers().firstValue("content-type")).hasValue("application/json");
        assertThat(answer.body()).startsWith("{\"id\":\"chatcmpl-dev-").contains("\"content\":\"Echo: Hello\"");
        assertThat(rig.model().lastBody()).isEqualTo(chat("Hello", ",\"seed\":1.50"));
        assertThat(rig.model().lastAuthorization()).isEqualTo("Bearer sk-test-key");
        archived(user, CHAT + "|gpt-4o|[{\"role\":\"user\",\"content\":\"Hello\"}]|done|1|Echo: Hello|2|3");
    }

    @Test
    void theModelsNameIsMapped() {
        String token = rig.token(rig.user());
        rig.post(CHAT, token, chat("Hello", "").replace("gpt-4o", "public"));
        assertThat(rig.model().lastBody()).isEqualTo(chat("Hello", ""));
    }

    @Test
    void aStreamHidesTheUsageThatItsClientDidNotAskFor() {
        UUID user = rig.user();
        HttpResponse<String> answer = rig.post(CHAT, rig.token(user), chat("Hello", ",\"stream\":true"));
        assertThat(answer.headers().firstValue("content-type")).hasValue("text/event-stream; charset=utf-8");
        assertThat(answer.headers().firstValue("x-ratelimit-remaining-requests"))
                .hasValue("49");
        assertThat(answer.body()).contains("Echo: Hello").endsWith("data: [DONE]\n\n");
        assertThat(answer.body()).doesNotContain("\"choices\":[]").doesNotContain("prompt_tokens");
        assertThat(rig.model().lastBody()).contains("\"stream_options\":{\"include_usage\":true}");
        archived(user, CHAT + "|gpt-4o|[{\"role\":\"user\",\"content\":\"Hello\"}]|done|1|Echo: Hello|2|3");
    }

    @ParameterizedTest
    @CsvSource({"gpt-4o", "sse-crlf", "sse-cr", "sse-bom", "chunks-50-1", "nul", "fault-no-choices"})
    void aStreamPassesByteForByte(String script) throws Exception {
        String body = chat(
                "[[model:" + script + "]] h\u00e9llo", ",\"stream\":true,\"stream_options\":{\"include_usage\":true}");
        HttpResponse<String> direct = rig.send(
                HttpRequest.newBuilder(URI.create(rig.model().url() + CHAT)).POST(BodyPublishers.ofString(body)));
        HttpResponse<String> through = rig.post(CHAT, rig.token(rig.user()), body);
        assertThat(through.body().replaceAll("chatcmpl-dev-\\d+", "id"))
                .isEqualTo(direct.body().replaceAll("chatcmpl-dev-\\d+", "id"));
        assertThat(rig.model().lastBody()).isEqualTo(body);
    }

    @ParameterizedTest
    @CsvSource({
        "fault-500, 502, upstream_error, upstream_failed, 0",
        "fault-401, 502, upstream_error, upstream_failed, 0",
        "fault-429-30, 503, upstream_error, upstream_rate_limited, 0",
        "fault-400-key, 400, invalid_request_error, upstream_rejected, 0",
        "fault-400-html, 400, invalid_request_error, upstream_rejected, 0",
        "fault-404, 404, invalid_request_error, scripted, 0",
        "fault-nonjson, 502, upstream_error, upstream_failed, 0",
        "fault-gzip, 502, upstream_error, upstream_failed, 0",
        "fault-redirect, 502, upstream_error, upstream_failed, 0",
    })
    void failuresHaveOpenAisEnvelopeAndCostNothing(String script, int status, String type, String code, int units) {
        for (String stream : List.of("", ",\"stream\":true")) {
            UUID user = rig.user();
            HttpResponse<String> answer = rig.post(CHAT, rig.token(user), chat("[[model:" + script + "]]", stream));
            if (stream.isEmpty() || !script.equals("fault-nonjson")) {
                assertThat(answer.statusCode()).as(answer.body()).isEqualTo(status);
                assertThat(answer.body()).contains("\"type\":\"" + type + "\"").contains("\"code\":\"" + code + "\"");
                assertThat(answer.headers().firstValue("x-ratelimit-remaining-requests"))
                        .hasValue("50");
                rig.archived(
                        "select r.status, r.units from responses r join inputs i on r.input_id = i.id where i.user_id = '"
                                + user + "'",
                        List.of("error|" + units));
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"fault-cut-mid", "fault-error-mid", "fault-no-done", "fault-bad-line"})
    void aStreamThatBreaksEndsWithAnErrorAndNoDone(String script) {
        UUID user = rig.user();
        HttpResponse<String> answer =
                rig.post(CHAT, rig.token(user), chat("[[model:" + script + "]] and more of it", ",\"stream\":true"));
        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(answer.body()).doesNotContain("[DONE]").contains("data: {\"error\":{\"message\":");
        rig.archived(
                "select r.status, r.units from responses r join inputs i on r.input_id = i.id where i.user_id = '"
                        + user + "'",
                List.of("partial_upstream|1"));
    }

    @Test
    void embeddingsCompletionsAndResponsesAreMetered() {
        UUID user = rig.user();
        String token = rig.token(user);
        String input = "{\"model\":\"m\",\"input\":\"hi\",\"prompt\":\"hi\"}";
        for (String path : List.of("/v1/embeddings", "/v1/completions", "/v1/responses")) {
            assertThat(rig.post(path, token, input).statusCode()).isEqualTo(200);
        }
        String streamed = input.replace("}", ",\"stream\":true}");
        assertThat(rig.post("/v1/responses", token, streamed).body()).contains("event: response.completed\n");
        archived(
                user,
                "/v1/embeddings|m|\"hi\"|done|1||3|0",
                "/v1/completions|m|\"hi\"|done|1|Echo: hi|2|4",
                "/v1/responses|m|\"hi\"|done|1|Echo: hi|5|7",
                "/v1/responses|m|\"hi\"|done|1|Echo: hi|5|7");
    }

    @Test
    void whateverElsePassesAsItIs() {
        String body = "--x\r\nContent-Disposition: form-data; name=\"file\"\r\n\r\n\u00e9\u0000\r\n--x--\r\n";
        HttpResponse<String> answer = rig.send(rig.request("/v1/files/f%20x?a=1&a=2&b=%2F")
                .header("Authorization", "Bearer " + rig.token(rig.user()))
                .header("Content-Type", "multipart/form-data; boundary=x")
                .header("X-Multi", "one")
                .header("X-Multi", "two")
                .PUT(BodyPublishers.ofString(body)));
        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(answer.body()).isEqualTo(body);
        assertThat(answer.headers().firstValue("content-type")).hasValue("multipart/form-data; boundary=x");
        assertThat(answer.headers().firstValue("x-echo")).hasValue("PUT a=1&a=2&b=%2F");
        assertThat(answer.headers().allValues("x-echo-multi")).containsExactly("one", "two");
        assertThat(answer.headers().firstValue("openai-organization")).isEmpty();
        assertThat(answer.headers().firstValue("x-ratelimit-limit-tokens")).isEmpty();
        assertThat(answer.headers().firstValue("x-ratelimit-remaining-requests"))
                .hasValue("49");
    }

    @Test
    void answersWithoutABodyPass() {
        String token = "Bearer " + rig.token(rig.user());
        for (int status : new int[] {200, 201, 204}) {
            HttpResponse<String> gone = rig.send(rig.request("/v1/files/f")
                    .header("Authorization", token)
                    .header("X-Echo-Status", "" + status)
                    .DELETE());
            assertThat(gone.statusCode()).isEqualTo(status);
            assertThat(gone.body()).isEmpty();
            assertThat(gone.headers().firstValue("content-length").isPresent()).isEqualTo(status != 204);
        }
        HttpResponse<String> head = rig.send(
                rig.request("/v1/models").header("Authorization", token).method("HEAD", BodyPublishers.noBody()));
        assertThat(head.statusCode()).isEqualTo(200);
        assertThat(rig.get("/v1/models", rig.token(rig.user())).body()).contains("gpt-4o");
    }

    @Test
    void aForeignKeyPassesAndOursIsNotUsed() {
        HttpResponse<String> answer = rig.post(CHAT, "sk-foreign", chat("Hello", ""));
        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(rig.model().lastAuthorization()).isEqualTo("Bearer sk-foreign");
        assertThat(answer.headers().firstValue("x-ratelimit-remaining-requests"))
                .isEmpty();
        assertThat(rig.post(CHAT, "sk-foreign", chat("[[model:fault-401]]", "")).statusCode())
                .isEqualTo(401);
    }

    @Test
    void whatLooksLikeOursIsNeverSentOn() {
        long before = rig.model().calls();
        for (String token :
                List.of("a.b.c", "eyJhbGciOiJFUzI1NiJ9", "gb_0123", rig.issuer().anonKey())) {
            HttpResponse<String> answer = rig.post(CHAT, token, chat("Hello", ""));
            assertThat(answer.statusCode()).as(token).isEqualTo(401);
            assertThat(answer.body()).contains("\"type\":\"invalid_request_error\"", "\"code\":\"invalid_api_key\"");
        }
        assertThat(rig.send(rig.request("/v1/models")).statusCode()).isEqualTo(401);
        assertThat(rig.model().calls()).isEqualTo(before);
    }

    @Test
    void earlyRefusalsHaveTheEnvelopeToo() {
        HttpResponse<String> large = rig.post(CHAT, rig.token(rig.user()), " ".repeat((1 << 20) + 1));
        assertThat(large.statusCode()).isEqualTo(413);
        assertThat(large.body()).contains("\"type\":\"invalid_request_error\"", "\"code\":\"body_too_large\"");
    }

    @Test
    void aCallOfAToolIsWorthAUnit() {
        UUID user = rig.user();
        for (String stream : List.of("", ",\"stream\":true")) {
            assertThat(rig.post(CHAT, rig.token(user), chat("[[model:tool]]", stream))
                            .body())
                    .contains("\"finish_reason\":\"tool_calls\"");
        }
        rig.archived(
                "select r.status, r.units, r.finish_reason from responses r join inputs i on r.input_id = i.id"
                        + " where i.user_id = '" + user + "'",
                List.of("done|1|tool_calls", "done|1|tool_calls"));
    }

    @Test
    void badJsonIsTheCallersFault() {
        HttpResponse<String> answer = rig.post(CHAT, rig.token(rig.user()), "{\"model\":\"a\",\"model\":\"b\"}");
        assertThat(answer.statusCode()).isEqualTo(400);
        assertThat(answer.body()).contains("\"code\":\"invalid_json\"");
    }

    @Test
    void theDayEnds() {
        try (Rig small = Rig.start(Map.of("DAILY_LIMIT", "1", "PROXY_AUTH", "shared", "REDIS_TIMEOUT", "5s"))) {
            String token = small.token(small.user());
            assertThat(small.get("/v1/models", token).statusCode()).isEqualTo(200);
            HttpResponse<String> refused = small.post(CHAT, token, chat("Hello", ""));
            assertThat(refused.statusCode()).isEqualTo(429);
            assertThat(refused.body()).contains("\"type\":\"insufficient_quota\"", "\"code\":\"insufficient_quota\"");
            assertThat(refused.headers().firstValue("x-should-retry")).hasValue("false");
            assertThat(refused.headers().firstValue("retry-after")).isPresent();
            assertThat(small.post(CHAT, "sk-foreign", chat("Hello", "")).statusCode())
                    .isEqualTo(401);
        }
    }

    @Test
    void usersMayBeShutOut() {
        try (Rig closed = Rig.start(Map.of("V1_FOR_USERS", "false"))) {
            HttpResponse<String> refused = closed.post(CHAT, closed.token(closed.user()), chat("Hello", ""));
            assertThat(refused.statusCode()).isEqualTo(403);
            assertThat(refused.body()).contains("\"type\":\"permission_error\"");
        }
    }
}
