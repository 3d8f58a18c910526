package gptbroker.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import gptbroker.testing.Eventually;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Answers of {@code /v1} that are given again: to whom, which, how long, and what they cost. */
class CacheE2eTest {
    private static final String CHAT = "/v1/chat/completions";
    private static Rig rig;

    @BeforeAll
    static void start() {
        rig = Rig.start(Map.of("REDIS_TIMEOUT", "5s"));
    }

    @AfterAll
    static void stop() {
        rig.close();
    }

    private static String chat(String prompt, String more) {
        return "{\"model\":\"gpt-4o\",\"messages\":[{\"role\":\"user\",\"content\":\"" + prompt + "\"}]" + more + "}";
    }

    private static String header(HttpResponse<String> answer, String name) {
        return answer.headers().firstValue(name).orElse("");
    }

    /** Posts, and gives the answer that the cache is expected to be {@code expected} about. */
    private static HttpResponse<String> post(String token, String json, String expected, String... headers) {
        HttpRequest.Builder request = rig.request(CHAT)
                .header("Authorization", "Bearer " + token)
                .header("Content-Type", "application/json")
                .POST(BodyPublishers.ofString(json));
        for (int i = 0; i < headers.length; i += 2) {
            request.header(headers[i], headers[i + 1]);
        }
        HttpResponse<String> answer = rig.send(request);
        assertThat(header(answer, "x-cache")).as(answer.body()).isEqualTo(expected);
        return answer;
    }

    private static HttpResponse<String> call(String method, String path, String token, String body, String... headers) {
        HttpRequest.Builder request = rig.request(path)
                .header("Authorization", "Bearer " + token)
                .header("Content-Type", "application/json")
                .method(method, BodyPublishers.ofString(body));
        for (int i = 0; i < headers.length; i += 2) {
            request.header(headers[i], headers[i + 1]);
        }
        return rig.send(request);
    }

    private static String cache(String method, String path, String token, String body, String... headers) {
        HttpResponse<String> answer = call(method, path, token, body, headers);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        return header(answer, "x-cache");
    }

    @Test
    void aKnownAnswerComesAgainAndCostsNothing() {
        UUID user = rig.user();
        String token = rig.token(user);
        String question = chat("Again", "");
        long before = rig.model().calls();
        HttpResponse<String> first = post(token, question, "MISS");
        assertThat(header(first, "age") + header(first, "x-cache-timestamp")).isEmpty();
        HttpResponse<String> second = post(token, question, "HIT");
        assertThat(rig.model().calls()).isEqualTo(before + 1);
        assertThat(second.body()).isEqualTo(first.body()).contains("Echo: Again");
        assertThat(second.statusCode()).isEqualTo(200);
        assertThat(header(second, "content-type")).isEqualTo(header(first, "content-type"));
        assertThat(Long.parseLong(header(second, "age"))).isBetween(0L, 60L);
        assertThat(Instant.parse(header(second, "x-cache-timestamp")))
                .isBetween(Instant.now().minusSeconds(60), Instant.now());
        assertThat(header(second, "x-ratelimit-remaining")).isEqualTo("49");
        assertThat(header(second, "cache-control")).contains("no-store");
        rig.archived(
                "select r.status, r.units, r.content, r.prompt_tokens, r.completion_tokens, i.content <> ''"
                        + " from responses r join inputs i on r.input_id = i.id where i.user_id = '" + user
                        + "' order by i.id",
                List.of("done|1|Echo: Again|2|3|t", "cached|0|Echo: Again|0|0|t"));
    }

    @Test
    void aStreamComesAgainAsAStream() {
        UUID user = rig.user();
        String token = rig.token(user);
        String question = chat("A stream of several pieces of text", ",\"stream\":true");
        HttpResponse<String> first = post(token, question, "MISS");
        HttpResponse<String> second = post(token, question, "HIT");
        assertThat(second.body()).isEqualTo(first.body()).endsWith("data: [DONE]\n\n");
        assertThat(header(second, "content-type")).isEqualTo("text/event-stream; charset=utf-8");
        assertThat(header(second, "x-accel-buffering")).isEqualTo("no");
        // Byte for byte what the provider says to this very question: so a whole answer is another one.
        post(token, question.replace(",\"stream\":true", ""), "MISS");
        rig.archived(
                "select status, content from responses where user_id = '" + user + "' order by input_id limit 2",
                List.of(
                        "done|Echo: A stream of several pieces of text",
                        "cached|Echo: A stream of several pieces of text"));
    }

    @Test
    void nobodySeesAnothersAnswer() {
        String question = chat("Whose", "");
        post(rig.token(rig.user()), question, "MISS");
        post(rig.token(rig.user()), question, "MISS");
        post("sk-one", question, "MISS");
        post("sk-two", question, "MISS");
        post("sk-one", question, "MISS", "OpenAI-Organization", "org-other");
    }

    @Test
    void theClientMayWantANewOne() {
        String token = rig.token(rig.user());
        String question = chat("Fresh", "");
        String first = post(token, question, "MISS").body();
        post(token, question, "BYPASS", "Cache-Control", "no-store");
        post(token, question, "BYPASS", "Range", "bytes=0-1");
        post(token, question, "BYPASS", "If-None-Match", "\"x\"");
        assertThat(post(token, question, "HIT").body()).isEqualTo(first);
        String fresh =
                post(token, question, "BYPASS", "Cache-Control", "no-cache").body();
        assertThat(fresh).isNotEqualTo(first);
        assertThat(post(token, question, "HIT").body()).isEqualTo(fresh);
    }

    @Test
    void whatAnSdkSaysOfItselfDoesNotMatter() {
        String token = rig.token(rig.user());
        String question = chat("Who asks", "");
        post(token, question, "MISS", "User-Agent", "a", "X-Stainless-Retry-Count", "0");
        post(token, question, "HIT", "User-Agent", "b", "X-Stainless-Retry-Count", "1");
        post(token, question, "MISS", "OpenAI-Beta", "else");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "tool",
                "cut-short",
                "filtered",
                "big-300000",
                "fault-500",
                "fault-400",
                "fault-nonjson",
                "fault-cut-mid",
                "stream:fault-no-done",
                "stream:fault-error-mid"
            })
    void onlyCompleteAnswersAreKept(String name) {
        String script = name.substring(name.indexOf(':') + 1);
        String streamed = ",\"stream\":true";
        for (String stream : name.startsWith("stream:") ? List.of(streamed) : List.of("", streamed)) {
            String token = rig.token(rig.user());
            for (int i = 0; i < 2; i++) {
                post(token, chat("[[model:" + script + "]] of some length", stream), "MISS");
            }
        }
    }

    @Test
    void embeddingsAndCompletionsAreKeptAndResponsesAreNot() {
        String token = rig.token(rig.user());
        String input = "{\"model\":\"m\",\"input\":\"hi\",\"prompt\":\"hi\"}";
        for (String path : List.of("/v1/embeddings", "/v1/completions")) {
            assertThat(cache("POST", path, token, input)).isEqualTo("MISS");
            assertThat(cache("POST", path, token, input)).isEqualTo("HIT");
        }
        assertThat(cache("POST", "/v1/responses", token, input)).isEqualTo("BYPASS");
        assertThat(cache("POST", "/v1/audio/speech", token, input)).isEqualTo("BYPASS");
    }

    @Test
    void aWriteMakesWhatWasReadUnknown() {
        String one = rig.token(rig.user());
        String other = rig.token(rig.user());
        String body = "{\"id\":\"f\"}";
        for (String path : List.of("/v1/files", "/v1/files/f?a=1", "/v1/files/f?a=2", "/v1/vector_stores")) {
            assertThat(cache("GET", path, one, body)).as(path).isEqualTo("MISS");
            assertThat(cache("GET", path, one, body)).as(path).isEqualTo("HIT");
        }
        // All users share the account at the provider, so all see what one of them changes.
        assertThat(cache("DELETE", "/v1/%66iles/f", other, "")).isEqualTo("BYPASS");
        assertThat(cache("GET", "/v1/files", one, body)).isEqualTo("MISS");
        assertThat(cache("GET", "/v1/files/f?a=1", one, body)).isEqualTo("MISS");
        assertThat(cache("GET", "/v1/vector_stores", one, body)).isEqualTo("HIT");
    }

    @Test
    void whatTheProviderForbidsOrIsNotOverIsNotKept() {
        String token = rig.token(rig.user());
        for (String line : List.of("no-store", "no-cache", "max-age=0")) {
            for (int i = 0; i < 2; i++) {
                assertThat(cache("GET", "/v1/x", token, "{}", "X-Echo-Cache-Control", line))
                        .isEqualTo("MISS");
            }
        }
        for (int i = 0; i < 2; i++) {
            assertThat(cache("GET", "/v1/batches/b", token, "{\"status\":\"in_progress\"}"))
                    .isEqualTo("MISS");
        }
        assertThat(cache("GET", "/v1/batches/b", token, "{\"status\":\"completed\"}"))
                .isEqualTo("MISS");
        assertThat(cache("GET", "/v1/batches/b", token, "{\"status\":\"completed\"}"))
                .isEqualTo("HIT");
    }

    @Test
    void aForeignKeysRefusalsAreKeptForSeconds() {
        for (String script : List.of("fault-400", "fault-401")) {
            assertThat(post("sk-refused", chat("[[model:" + script + "]]", ""), "MISS")
                            .statusCode())
                    .isEqualTo(Integer.parseInt(script.substring(6)));
            HttpResponse<String> again = post("sk-refused", chat("[[model:" + script + "]]", ""), "HIT");
            assertThat(again.statusCode()).isEqualTo(Integer.parseInt(script.substring(6)));
            assertThat(Long.parseLong(header(again, "age"))).isLessThanOrEqualTo(10);
        }
        post("sk-refused", chat("[[model:fault-404]]", ""), "MISS");
        post("sk-refused", chat("[[model:fault-404]]", ""), "MISS");
        String stream = chat("foreign stream", ",\"stream\":true");
        assertThat(post("sk-refused", stream, "MISS").body())
                .isEqualTo(post("sk-refused", stream, "HIT").body());
    }

    @Test
    void itMayBeChargedOrOff() {
        try (Rig charged = Rig.start(Map.of("CACHE_HITS_COUNT", "true", "REDIS_TIMEOUT", "5s"))) {
            String token = charged.token(charged.user());
            charged.post(CHAT, token, chat("Hello", ""));
            HttpResponse<String> hit = charged.post(CHAT, token, chat("Hello", ""));
            assertThat(header(hit, "x-cache") + header(hit, "x-ratelimit-remaining"))
                    .isEqualTo("HIT48");
            charged.archived("select status, units from responses order by input_id", List.of("done|1", "cached|1"));
        }
        for (String off : List.of("MAX_CACHE_SIZE=0", "CACHE_V1=false")) {
            String[] variable = off.split("=");
            try (Rig without = Rig.start(Map.of(variable[0], variable[1]))) {
                String token = without.token(without.user());
                for (int i = 0; i < 2; i++) {
                    assertThat(header(without.post(CHAT, token, chat("Hello", "")), "x-cache"))
                            .isEmpty();
                }
                assertThat(without.model().calls()).isEqualTo(2);
            }
        }
    }

    @Test
    void aHitSpendsNoTokensAndNoMoney() {
        try (Rig budgeted =
                Rig.start(Map.of("DAILY_TOKEN_LIMIT", "10000", "DAILY_COST_LIMIT_USD", "1", "REDIS_TIMEOUT", "5s"))) {
            UUID user = budgeted.user();
            String token = budgeted.token(user);
            String left = header(budgeted.post(CHAT, token, chat("Hello", "")), "x-ratelimit-remaining-tokens");
            assertThat(Long.parseLong(left)).isBetween(1L, 9_999L);
            for (int i = 0; i < 3; i++) {
                HttpResponse<String> hit = budgeted.post(CHAT, token, chat("Hello", ""));
                assertThat(header(hit, "x-cache") + header(hit, "x-ratelimit-remaining-tokens"))
                        .isEqualTo("HIT" + left);
            }
            budgeted.archived(
                    "select status, count(*), sum(prompt_tokens + completion_tokens) > 0, sum(cost_usd) > 0"
                            + " from responses where user_id = '" + user + "' group by 1 order by 1",
                    List.of("cached|3|f|f", "done|1|t|t"));
        }
    }

    @Test
    void itsTimeEnds() {
        try (Rig quick = Rig.start(Map.of("CACHE_TTL", "1s", "DAILY_LIMIT", "100000", "REDIS_TIMEOUT", "5s"))) {
            String token = quick.token(quick.user());
            quick.post(CHAT, token, chat("Hello", ""));
            Eventually.within(
                    Duration.ofSeconds(60),
                    "asked anew",
                    () -> header(quick.post(CHAT, token, chat("Hello", "")), "x-cache")
                            .equals("MISS"));
        }
    }
}
