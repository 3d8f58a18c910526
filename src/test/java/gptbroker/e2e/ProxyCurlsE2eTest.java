package gptbroker.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import gptbroker.testing.Curl;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The command lines of the OpenAI proxy that the broker replaces (S2), as its users have them in their notes. */
class ProxyCurlsE2eTest {
    private static final String JSON = "Content-Type: application/json";
    private static final String ADMIN = "operator-operator-operator";
    private static final String KEY = "Authorization: Bearer sk-of-the-caller";

    private static Rig rig;

    @BeforeAll
    static void start() {
        rig = Rig.start(Map.of("REDIS_TIMEOUT", "5s", "ADMIN_KEY", ADMIN));
    }

    @AfterAll
    static void stop() {
        rig.close();
    }

    private static String url(String path) {
        return "http://localhost:" + rig.port() + path;
    }

    private static String chat() {
        return "{\"model\": \"gpt-3.5-turbo\", \"messages\": [{\"role\": \"user\", \"content\": \"Hi there\"}],"
                + " \"temperature\": 0.7, \"max_tokens\": 150}";
    }

    @Test
    void chatCompletion() throws Exception {
        var answer = Curl.run("-X", "POST", url("/v1/chat/completions"), "-H", JSON, "-H", KEY, "-d", chat());
        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.header("content-type")).hasValue("application/json");
        assertThat(answer.body()).contains("\"content\":\"Echo: Hi there\"");
        assertThat(rig.model().lastBody()).isEqualTo(chat());
        assertThat(rig.model().lastAuthorization()).isEqualTo("Bearer sk-of-the-caller");
    }

    @Test
    void models() throws Exception {
        var answer = Curl.run(url("/v1/models"), "-H", KEY);
        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.body()).startsWith("{\"object\":\"list\"").contains("gpt-4o");
    }

    @Test
    void embeddings() throws Exception {
        String body = "{\"model\": \"text-embedding-ada-002\", \"input\": \"Good food, kind people.\"}";
        var answer = Curl.run("-X", "POST", url("/v1/embeddings"), "-H", JSON, "-H", KEY, "-d", body);
        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.body()).contains("\"embedding\":");
        assertThat(rig.model().lastBody()).isEqualTo(body);
    }

    /** As written on the listener of the operator; from outside they take the operator's key. */
    @Test
    void statisticsAndTheCachesEnd() throws Exception {
        String key = "Authorization: Bearer sk-of-another";
        String body = chat().replace("Hi there", "Twice");
        String[] ask = {"-X", "POST", url("/v1/chat/completions"), "-H", JSON, "-H", key, "-d", body};
        assertThat(Curl.run(ask).header("x-cache")).hasValue("MISS");
        var again = Curl.run(ask);
        assertThat(again.header("x-cache")).hasValue("HIT");
        assertThat(again.header("x-cache-timestamp")).isPresent();
        assertThat(again.body()).contains("Echo: Twice");

        String internal = "http://localhost:" + rig.internalPort();
        var stats = Curl.run(internal + "/stats");
        assertThat(stats.status()).isEqualTo(200);
        assertThat(stats.body()).contains("\"item_count\":", "\"ttl\":\"5m0s\"", "\"rate_limit\":", "\"openai_url\":");
        var cleared = Curl.run("-X", "DELETE", internal + "/cache");
        assertThat(cleared.body()).isEqualTo("{\"message\":\"Cache cleared successfully\"}");
        assertThat(Curl.run(ask).header("x-cache")).hasValue("MISS");

        assertThat(Curl.run(url("/stats")).status()).isEqualTo(404);
        assertThat(Curl.run("-X", "DELETE", url("/cache")).status()).isEqualTo(404);
        String operator = "Authorization: Bearer " + ADMIN;
        assertThat(Curl.run(url("/stats"), "-H", operator).status()).isEqualTo(200);
        assertThat(Curl.run("-X", "DELETE", url("/cache"), "-H", operator).status())
                .isEqualTo(200);
    }

    /** Text by default, since the original broker answers so; JSON for who asks for it. */
    @Test
    void health() throws Exception {
        assertThat(Curl.run(url("/health")).body()).isEqualTo("OK");
        var answer = Curl.run(url("/health"), "-H", "Accept: application/json");
        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.body())
                .matches("\\{\"status\":\"healthy\",\"service\":\"openai-proxy\",\"timestamp\":\"\\d{10}\"}");
    }

    @Test
    void withoutACredentialThereIsNoWayIn() throws Exception {
        var answer = Curl.run(url("/v1/models"));
        assertThat(answer.status()).isEqualTo(401);
        assertThat(answer.body()).contains("\"type\":\"invalid_request_error\"", "\"code\":\"invalid_api_key\"");
    }

    /** Each address has a bucket, whoever asks; each dialect has its own words for it. {@code /health} is exempt. */
    @Test
    void anAddressIsLimited() throws Exception {
        try (Rig small = Rig.start(Map.of("ADDRESS_RATE_LIMIT", "2", "REDIS_TIMEOUT", "5s"))) {
            String host = "http://localhost:" + small.port();
            for (int i = 0; i < 2; i++) {
                assertThat(Curl.run(host + "/v1/models", "-H", KEY).status()).isEqualTo(200);
            }
            var refused = Curl.run(host + "/v1/models", "-H", KEY);
            assertThat(refused.status()).isEqualTo(429);
            assertThat(Integer.parseInt(refused.header("retry-after").orElseThrow()))
                    .isBetween(1, 30);
            assertThat(refused.header("x-error-code")).hasValue("address_rate_exceeded");
            assertThat(refused.body())
                    .isEqualTo("{\"error\":{\"message\":\"Too many requests from this address.\","
                            + "\"type\":\"rate_limit_exceeded\",\"param\":null,\"code\":\"rate_limit_exceeded\"}}");

            var other = Curl.run("-X", "POST", host + "/gpt-4o", "-H", JSON, "-d", "{}");
            assertThat(other.status()).isEqualTo(429);
            assertThat(other.header("retry-after")).isPresent();
            assertThat(other.body()).isEqualTo("{\"error\":\"GPT Rate limit exceeded.\",\"message\":null}");
            assertThat(Curl.run(host + "/health").status()).isEqualTo(200);
        }
    }
}
