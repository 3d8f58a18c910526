package gptbroker.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import gptbroker.testing.AccessLines;
import gptbroker.testing.Eventually;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What the operator sees of the cache and does to it (S2.17, S2.18). */
class CacheRoutesE2eTest {
    private static final String KEY = "operator-key-of-24-characters";
    private static final String CHAT = "/v1/chat/completions";
    private static Rig rig;

    @BeforeAll
    static void start() {
        rig = Rig.start(Map.of(
                "ADMIN_KEY",
                KEY,
                "PROXY_URL",
                "http://agent:canary-of-the-proxy@127.0.0.1:9",
                "RATE_LIMIT",
                "600",
                "CACHE_TTL",
                "90s",
                "REDIS_TIMEOUT",
                "5s"));
    }

    @AfterAll
    static void stop() {
        rig.close();
    }

    private static JsonNode stats(HttpResponse<String> answer) throws IOException {
        assertThat(answer.statusCode()).isEqualTo(200);
        return new ObjectMapper().readTree(answer.body());
    }

    @Test
    void theFiguresHaveTheSeedsShapeAndNoCredential() throws IOException {
        HttpResponse<String> answer = rig.internal("/stats");
        JsonNode stats = stats(answer);
        assertThat(stats.at("/cache/item_count").isIntegralNumber()).isTrue();
        assertThat(stats.at("/cache/ttl").textValue()).isEqualTo("1m30s");
        assertThat(stats.at("/cache/store").textValue()).isEqualTo("memory");
        assertThat(stats.at("/cache/max_bytes").longValue()).isEqualTo(100L << 20);
        assertThat(stats.path("rate_limit").intValue()).isEqualTo(600);
        assertThat(stats.path("proxy_url").textValue()).isEqualTo("http://***@127.0.0.1:9");
        assertThat(stats.path("openai_url").textValue()).isEqualTo(rig.model().url());
        assertThat(answer.body()).doesNotContain("canary", "agent");
    }

    @Test
    void thePublicListenerShowsThemToTheOperatorAlone() throws IOException {
        String user = rig.token(rig.user());
        assertThat(rig.get("/stats", user).statusCode()).isEqualTo(404);
        assertThat(rig.send(rig.request("/stats")).statusCode()).isEqualTo(404);
        assertThat(rig.send(rig.request("/cache").DELETE()).statusCode()).isEqualTo(404);
        assertThat(stats(rig.get("/stats", KEY)).has("cache")).isTrue();
    }

    @Test
    void hitsMissesAndBytesAreCountedAndTheCacheIsCleared() throws IOException {
        try (Rig fresh = Rig.start(Map.of("REDIS_TIMEOUT", "5s"));
                var lines = new AccessLines()) {
            UUID user = fresh.user();
            String question = "{\"model\":\"gpt-4o\",\"messages\":[{\"role\":\"user\",\"content\":\"Hello\"}]}";
            for (int i = 0; i < 3; i++) {
                fresh.post(CHAT, fresh.token(user), question);
            }
            fresh.post("/v1/responses", fresh.token(user), question);
            JsonNode cache = stats(fresh.internal("/stats")).path("cache");
            assertThat(List.of(
                            cache.path("item_count").asInt(),
                            cache.path("hits").asInt(),
                            cache.path("misses").asInt(),
                            cache.path("bypasses").asInt(),
                            cache.path("evictions").asInt()))
                    .containsExactly(1, 2, 1, 1, 0);
            assertThat(cache.path("bytes").asInt()).isBetween(300, 3_000);
            assertThat(fresh.internal("/metrics").body())
                    .contains("gpt_broker_cache_lookups_total{outcome=\"hit\"} 2", "gpt_broker_cache_entries 1")
                    .contains("gpt_broker_cache_evictions_total 0")
                    .containsPattern("gpt_broker_cache_bytes [1-9]");
            Eventually.within(
                    Duration.ofSeconds(60),
                    "logged",
                    () -> lines.since(0).stream()
                                    .filter(line -> line.contains("\"cache\":\"hit\",\"outcome\":\"cached\""))
                                    .count()
                            == 2);
            HttpResponse<String> cleared =
                    fresh.send(HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + fresh.internalPort() + "/cache"))
                            .DELETE());
            assertThat(cleared.statusCode()).isEqualTo(200);
            assertThat(cleared.body()).isEqualTo("{\"message\":\"Cache cleared successfully\"}");
            assertThat(stats(fresh.internal("/stats")).at("/cache/item_count").asInt())
                    .isZero();
            assertThat(fresh.post(CHAT, fresh.token(user), question).headers().firstValue("x-cache"))
                    .hasValue("MISS");
        }
    }
}
