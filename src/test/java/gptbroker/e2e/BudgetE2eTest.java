package gptbroker.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import gptbroker.testing.FakeProvider;
import gptbroker.testing.RawHttp;
import java.io.IOException;
import java.math.BigDecimal;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Tokens and money of the day from outside: what is counted, told, refused and archived. */
class BudgetE2eTest {
    private static final String CHAT = "/v1/chat/completions";
    private static final String KEY = "operator-key-of-24-characters";
    private static final long TOKENS = 100_000;

    @TempDir
    private static Path folder;

    private static Rig rig;

    @BeforeAll
    static void start() throws IOException {
        Path models = Files.writeString(folder.resolve("models.yaml"), """
                models:
                  - {name: fast, provider: gpt-4o-mini, dialects: [v1]}
                  - {name: inside, provider: gpt-4o-mini, dialects: [prompts]}
                  - name: changing
                    prices:
                      - {from: 2020-01-01, input: 1000, output: 1000}
                      - {from: 2090-01-01, input: 1, output: 1}
                """);
        rig = Rig.start(Map.of(
                "ADMIN_KEY",
                KEY,
                "REDIS_TIMEOUT",
                "5s",
                "DAILY_TOKEN_LIMIT",
                Long.toString(TOKENS),
                "DAILY_COST_LIMIT_USD",
                "1.5",
                "BUDGET_ANSWER_TOKENS",
                "500",
                "MODELS_FILE",
                models.toString()));
    }

    @AfterAll
    static void stop() {
        rig.close();
    }

    private static String messages(String prompt) {
        return "\"messages\":[{\"role\":\"user\",\"content\":\"" + prompt + "\"}]";
    }

    private static String chat(String model, String prompt, String more) {
        return "{\"model\":\"" + model + "\"," + messages(prompt) + more + "}";
    }

    private static JsonNode json(HttpResponse<String> answer) {
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        try {
            return new ObjectMapper().readTree(answer.body());
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static void code(HttpResponse<String> answer, int status, String code) {
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(status);
        assertThat(answer.headers().firstValue("x-error-code")).hasValue(code);
    }

    private static String header(HttpResponse<String> answer, String name) {
        return answer.headers().firstValue(name).orElse("");
    }

    private static String row(UUID user, String columns) {
        return "select " + columns + " from responses where user_id = '" + user + "' order by input_id";
    }

    private static void leave(String body, UUID user) throws Exception {
        try (RawHttp client = RawHttp.connect(rig.port())) {
            client.send(RawHttp.request(
                    "POST",
                    "/stream",
                    "Authorization: Bearer " + rig.token(user) + "\r\nContent-Type: application/json\r\n",
                    body));
            assertThat(client.readHead().status()).isEqualTo(200);
            assertThat(client.readChunk()).isNotEmpty();
        }
    }

    /** Streams, aborts and failures: the archive, /me/usage, /me/limits and the operator's view say the same. */
    @Test
    void usageIsTheSumOfTheArchiveAndOfTheCounters() throws Exception {
        UUID user = rig.user();
        String token = rig.token(user);
        rig.get("/simple-gpt-4o-mini-complete?prompt=Hello", token);
        rig.post("/gpt-4o", token, "{" + messages("Hello") + "}");
        rig.post("/stream", token, chat("gpt-4o", "[[model:chunks-5-0]] Hello", ""));
        rig.post("/stream", token, chat("gpt-4o-mini", "[[model:fault-cut-mid]] Hello", ""));
        rig.post("/stream", token, chat("gpt-4o-mini", "[[model:fault-no-done]] Hello", ""));
        rig.post("/stream", token, chat("gpt-4o-mini", "[[model:no-usage]] Hello", ""));
        rig.post("/gpt-4o", token, "{" + messages("[[model:fault-500]] Hello") + "}");
        rig.post("/gpt-4o", token, "{" + messages("[[model:no-usage]] Hello") + "}");
        rig.post(CHAT, token, chat("fast", "Hello", ",\"stream\":true"));
        rig.post(CHAT, token, chat("gpt-4.1-2025-04-14", "Hello", ",\"max_tokens\":20,\"n\":2"));
        rig.post(CHAT, token, chat("fast", "[[model:fault-400]] Hello", ""));
        rig.post("/v1/embeddings", token, "{\"model\":\"text-embedding-3-small\",\"input\":\"Hello\"}");
        leave(chat("gpt-4o", "[[model:chunks-500000-20]] Hello", ""), user);
        rig.archived(
                "select count(*), count(*) filter (where status_rank = 3) from responses where user_id = '" + user
                        + "'",
                List.of("13|13"));

        assertThat(rig.archive(row(user, "status, usage_estimated, prompt_tokens is null, cost_usd is null")))
                .containsExactly(
                        "done|f|f|f",
                        "done|f|f|f",
                        "done|f|f|f",
                        "partial_upstream|t|f|f",
                        "partial_upstream|t|f|f",
                        "done|t|f|f",
                        "error|f|t|t",
                        "done|t|f|f",
                        "done|f|f|f",
                        "done|f|f|f",
                        "error|f|t|t",
                        "done|f|f|f",
                        "partial_client|t|f|f");
        String[] sums = rig.archive(
                        "select sum(prompt_tokens), sum(completion_tokens), sum(charged_tokens), sum(cost_usd)"
                                + " from responses where user_id = '" + user + "'")
                .getFirst()
                .split("\\|");
        long charged = Long.parseLong(sums[2]);
        BigDecimal cost = new BigDecimal(sums[3]);
        assertThat(charged).isEqualTo(Long.parseLong(sums[0]) + Long.parseLong(sums[1]));
        assertThat(cost).isPositive();

        JsonNode day = json(rig.get("/me/usage?days=1", token)).path("days").path(0);
        assertThat(day.path("prompt_tokens").asText()).isEqualTo(sums[0]);
        assertThat(day.path("completion_tokens").asText()).isEqualTo(sums[1]);
        assertThat(new BigDecimal(day.path("cost_usd").asText())).isEqualByComparingTo(cost);
        assertThat(day.path("calls_without_cost").asInt()).isEqualTo(2);
        assertThat(day.path("calls_with_estimated_tokens").asInt()).isEqualTo(5);

        JsonNode limits = json(rig.get("/me/limits", token));
        assertThat(limits.at("/tokens/remaining").asLong()).isEqualTo(TOKENS - charged);
        assertThat(new BigDecimal(limits.at("/cost_usd/limit").asText())).isEqualByComparingTo("1.5");
        assertThat(new BigDecimal(limits.at("/cost_usd/remaining").asText()))
                .isEqualByComparingTo(new BigDecimal("1.5").subtract(cost));

        JsonNode quota = json(rig.get("/admin/users/" + user + "/quota", KEY));
        assertThat(quota.at("/tokens/used").asLong()).isEqualTo(charged);
        assertThat(new BigDecimal(quota.at("/cost_usd/used").asText())).isEqualByComparingTo(cost);
        JsonNode told = json(rig.get("/me/history?limit=1", token)).at("/exchanges/0");
        assertThat(told.path("tokens_estimated").asBoolean()).isTrue();
        assertThat(told.path("cost_usd").isNumber()).isTrue();
    }

    @Test
    void theArchiveHasThePriceOfItsTime() {
        UUID user = rig.user();
        rig.post(CHAT, rig.token(user), chat("changing", "Hello", ",\"max_tokens\":5"));
        rig.archived(
                row(user, "prompt_tokens, completion_tokens, charged_tokens, cost_usd, price_date"),
                List.of("2|3|5|0.005000000|2020-01-01"));
        assertThat(json(rig.get("/me/usage", rig.token(user)))
                        .at("/days/0/cost_usd")
                        .asText())
                .isEqualTo("0.005");
    }

    @Test
    void whatIsLeftIsTold() {
        String token = rig.token(rig.user());
        HttpResponse<String> answer = rig.post("/gpt-4o", token, "{" + messages("Hello") + "}");
        // Told after it has been settled: 2 tokens of the prompt, 3 of the answer.
        assertThat(header(answer, "x-ratelimit-limit-tokens")).isEqualTo("100000");
        assertThat(header(answer, "x-ratelimit-remaining-tokens")).isEqualTo("99995");
        assertThat(header(answer, "x-ratelimit-reset-tokens")).matches("(\\d+h)?(\\d+m)?\\d+s");
        assertThat(header(answer, "RateLimit-Policy"))
                .isEqualTo("\"day\";q=50;w=86400, \"tokens\";q=100000;w=86400, \"microusd\";q=1500000;w=86400");
        // 2 tokens at 2.50, 3 at 10 dollars a million.
        assertThat(header(answer, "RateLimit")).contains("\"tokens\";r=99995;t=", "\"microusd\";r=1499965;t=");
        assertThat(header(answer, "access-control-expose-headers")).contains("X-RateLimit-Remaining-Tokens");
        // A stream tells before it begins, so what it holds is not left.
        HttpResponse<String> stream = rig.post("/stream", token, chat("gpt-4o", "Hello", ""));
        assertThat(Long.parseLong(header(stream, "x-ratelimit-remaining-tokens")))
                .isBetween(99_400L, 99_495L);
    }

    @Test
    void aCallThatDoesNotFitIsRefusedInBothDialects() {
        UUID user = rig.user();
        String token = rig.token(user);
        String large = ",\"max_tokens\":" + TOKENS;
        HttpResponse<String> refused = rig.post(CHAT, token, chat("gpt-4o-mini", "Hello", large));
        code(refused, 429, "token_quota_exceeded");
        assertThat(header(refused, "x-should-retry")).isEqualTo("false");
        assertThat(header(refused, "x-ratelimit-remaining-tokens")).isEqualTo("100000");
        assertThat(Long.parseLong(header(refused, "retry-after"))).isPositive();
        assertThat(refused.body()).contains("\"type\":\"insufficient_quota\"", "\"code\":\"insufficient_quota\"");
        // 90,000 tokens at 60 dollars a million are more than 1.50.
        HttpResponse<String> dear = rig.post(CHAT, token, chat("o1", "Hello", ",\"max_completion_tokens\":90000"));
        code(dear, 429, "cost_quota_exceeded");
        assertThat(header(dear, "x-should-retry")).isEqualTo("false");
        assertThat(rig.archive("select count(*) from inputs where user_id = '" + user + "'"))
                .containsExactly("0");
        assertThat(json(rig.get("/me/limits", token)).at("/day/remaining").asInt())
                .isEqualTo(50);
        assertThat(rig.post(CHAT, token, chat("gpt-4o-mini", "Hello", "")).statusCode())
                .isEqualTo(200);
    }

    @Test
    void whatHasNoPriceIsRefusedToWhoHasABudgetInDollars() {
        UUID user = rig.user();
        String token = rig.token(user);
        code(rig.post(CHAT, token, chat("mystery", "Hello", "")), 403, "model_price_unknown");
        code(rig.post("/v1/images/generations", token, "{\"prompt\":\"a cat\"}"), 403, "model_price_unknown");
        assertThat(rig.get("/v1/models", token).headers().firstValue("x-error-code"))
                .isNotEqualTo(Optional.of("model_price_unknown"));
        assertThat(rig.post("/v1/moderations", token, "{}").headers().firstValue("x-error-code"))
                .isNotEqualTo(Optional.of("model_price_unknown"));
        assertThat(json(rig.get("/me/limits", token)).at("/tokens/remaining").asLong())
                .isEqualTo(TOKENS);
    }

    @Test
    void modelsStayInTheirDialects() {
        String token = rig.token(rig.user());
        HttpResponse<String> refused = rig.post(CHAT, token, chat("inside", "Hello", ""));
        code(refused, 403, "model_not_allowed");
        assertThat(header(refused, "x-ratelimit-remaining-tokens")).isEqualTo("100000");
        assertThat(rig.post(CHAT, token, chat("fast", "Hello", "")).statusCode())
                .isEqualTo(200);
        assertThat(rig.model().lastBody()).contains("\"model\":\"gpt-4o-mini\"");
    }

    @Test
    void metricsSumTokensAndCostByModel() {
        rig.post(CHAT, rig.token(rig.user()), chat("gpt-4.1-nano", "Hello", ""));
        String metrics = rig.internal("/metrics").body();
        assertThat(metrics)
                .contains("gpt_broker_tokens_total{model=\"gpt-4.1-nano\",type=\"prompt\"} 2")
                .contains("gpt_broker_tokens_total{model=\"gpt-4.1-nano\",type=\"completion\"} 3")
                // 2 at 0.10 and 3 at 0.40 dollars a million.
                .contains("gpt_broker_cost_nanodollars_total{model=\"gpt-4.1-nano\"} 1400");
    }

    /** The last tokens, asked for by many at once: held together they never pass the limit. */
    @Test
    void theLastTokensAreGivenOnce() throws Exception {
        var refused = new CountDownLatch(18);
        // Nothing comes back of what is held before all have asked.
        try (var provider = new FakeProvider((request, wire) ->
                        wire.await(refused).send(FakeProvider.json(FakeProvider.completion("Hello"))));
                Rig small = Rig.start(Map.of(
                        "OPENAI_API_URL", provider.uri().toString(),
                        "DAILY_TOKEN_LIMIT", "1050",
                        "USER_CONCURRENCY", "0",
                        "ADDRESS_RATE_LIMIT", "0"))) {
            UUID user = small.user();
            String token = small.token(user);
            String body = chat("gpt-4o", "Hello", ",\"max_tokens\":450");
            Supplier<Integer> ask = () -> {
                int status = small.post(CHAT, token, body).statusCode();
                if (status != 200) {
                    refused.countDown();
                }
                return status;
            };
            var statuses = IntStream.range(0, 20)
                    .mapToObj(i -> CompletableFuture.supplyAsync(ask, Thread::startVirtualThread))
                    .toList()
                    .stream()
                    .map(CompletableFuture::join)
                    .toList();
            assertThat(statuses).filteredOn(status -> status == 200).hasSize(2);
            assertThat(statuses).filteredOn(status -> status == 429).hasSize(18);
        }
    }
}
