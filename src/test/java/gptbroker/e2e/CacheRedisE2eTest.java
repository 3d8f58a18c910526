package gptbroker.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import gptbroker.testing.Eventually;
import gptbroker.testing.FakeProvider;
import gptbroker.testing.FaultProxy;
import gptbroker.testing.RawHttp;
import gptbroker.testing.TestRedis;
import java.net.SocketTimeoutException;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import redis.clients.jedis.Jedis;

/** A Redis for the cache: what it keeps over a restart, and that nothing depends on it. */
class CacheRedisE2eTest {
    private static final String CHAT = "/v1/chat/completions";
    private static final Duration SOON = Duration.ofSeconds(60);

    private static Rig rig(TestRedis redis, String... more) {
        var variables = new HashMap<>(Map.of(
                "CACHE_REDIS_URL",
                redis.url(),
                "CACHE_REDIS_TIMEOUT",
                "2s",
                "DAILY_LIMIT",
                "100000",
                "USER_CONCURRENCY",
                "0",
                "REDIS_TIMEOUT",
                "10s"));
        for (int i = 0; i < more.length; i += 2) {
            variables.put(more[i], more[i + 1]);
        }
        return Rig.start(variables);
    }

    private static HttpResponse<String> ask(Rig rig, String token, String prompt) {
        return rig.post(
                CHAT,
                token,
                "{\"model\":\"gpt-4o\",\"messages\":[{\"role\":\"user\",\"content\":\"" + prompt + "\"}]}");
    }

    private static String cache(HttpResponse<String> answer) {
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        return answer.headers().firstValue("x-cache").orElse("");
    }

    @Test
    void replicasShareIt() {
        try (TestRedis redis = TestRedis.start("--appendonly", "no");
                Rig one = rig(redis, "ADMIN_KEY", "operator-key-of-24-characters", "REDIS_PREFIX", "shared-by-two");
                Rig two = rig(
                        redis,
                        "REDIS_PREFIX",
                        "shared-by-two",
                        "OPENAI_API_URL",
                        one.model().url(),
                        "SUPABASE_URL",
                        one.issuer().url())) {
            String token = one.token(one.user());
            HttpResponse<String> asked = ask(one, token, "once");
            assertThat(cache(asked)).isEqualTo("MISS");
            // Once it is known where it was asked, Redis has it: no request waits for that.
            assertThat(cache(ask(one, token, "once"))).isEqualTo("HIT");
            HttpResponse<String> known = ask(two, token, "once");
            assertThat(cache(known)).isEqualTo("HIT");
            assertThat(known.body()).isEqualTo(asked.body());
            try (Jedis jedis = redis.open()) {
                assertThat(jedis.keys("*"))
                        .allMatch(key -> key.matches("shared-by-two:\\{cache}:(all|[et]:[0-9a-f]+)"));
            }
            one.send(one.request("/cache")
                    .header("Authorization", "Bearer operator-key-of-24-characters")
                    .DELETE());
            assertThat(cache(ask(two, token, "once"))).isEqualTo("MISS");
            assertThat(one.internal("/stats").body()).contains("\"store\":\"redis\"");
        }
    }

    @Test
    void withoutItEveryAnswerIsAMiss() throws Exception {
        try (TestRedis redis = TestRedis.start("--appendonly", "no");
                Rig rig = rig(redis, "CACHE_REDIS_TIMEOUT", "200ms")) {
            String token = rig.token(rig.user());
            assertThat(cache(ask(rig, token, "kept"))).isEqualTo("MISS");
            Eventually.within(
                    SOON, "known", () -> cache(ask(rig, token, "kept")).equals("HIT"));
            List<Callable<String>> load = new ArrayList<>();
            for (int i = 0; i < 200; i++) {
                String prompt = "load " + i % 40;
                load.add(() -> cache(ask(rig, token, prompt)));
            }
            try (ExecutorService threads = Executors.newFixedThreadPool(8)) {
                List<Future<String>> running =
                        load.stream().map(threads::submit).toList();
                running.get(20).get();
                redis.kill();
                for (Future<String> one : running) {
                    assertThat(one.get()).isIn("HIT", "MISS");
                }
            }
            assertThat(cache(ask(rig, token, "kept"))).isEqualTo("MISS");
            assertThat(rig.internal("/readyz").statusCode()).isEqualTo(200);
            redis.restart();
            Eventually.within(
                    SOON, "known again", () -> cache(ask(rig, token, "kept")).equals("HIT"));
            redis.signal("STOP");
            try {
                assertThat(cache(ask(rig, token, "kept"))).isEqualTo("MISS");
            } finally {
                redis.signal("CONT");
            }
        }
    }

    /** Who has the answer to a write finds nothing from before it, by whichever connection. */
    @Test
    void aWriteIsAnsweredWhenWhatWasReadIsUnknown() throws Exception {
        try (TestRedis redis = TestRedis.start("--appendonly", "no");
                var line = new FaultProxy(redis.port());
                var provider = new FakeProvider((request, wire) -> wire.send(
                        request.line().startsWith("GET")
                                ? FakeProvider.json("{\"data\":[]}")
                                : FakeProvider.answer(200, "", "")));
                Rig rig = rig(
                        redis,
                        "CACHE_REDIS_URL",
                        "redis://127.0.0.1:" + line.port(),
                        "CACHE_REDIS_TIMEOUT",
                        "10s",
                        "OPENAI_API_URL",
                        provider.uri().toString());
                RawHttp client = RawHttp.connect(rig.port())) {
            String token = rig.token(rig.user());
            assertThat(cache(rig.get("/v1/files", token))).isEqualTo("MISS");
            assertThat(cache(rig.get("/v1/files", token))).isEqualTo("HIT");
            line.stall(FaultProxy.Way.TO_SERVER);
            client.send(RawHttp.request("DELETE", "/v1/files/f", "Authorization: Bearer " + token + "\r\n", ""));
            Eventually.within(SOON, "deleted", () -> provider.requests().size() == 2);
            client.patience(500);
            assertThatThrownBy(client::readHead).isInstanceOf(SocketTimeoutException.class);
            line.resume();
            client.patience(60_000);
            assertThat(client.readHead().status()).isEqualTo(200);
            assertThat(cache(rig.get("/v1/files", token))).isEqualTo("MISS");
        }
    }

    /** R8 of the fault matrix: only the hit rate falls. */
    @Test
    void aFullOneEvicts() {
        try (TestRedis redis = TestRedis.start(
                        "--appendonly", "no", "--maxmemory", "4mb", "--maxmemory-policy", "allkeys-lru");
                Rig rig = rig(redis)) {
            String token = rig.token(rig.user());
            for (int i = 0; i < 100; i++) {
                assertThat(cache(ask(rig, token, "[[model:big-100000]] " + i))).isEqualTo("MISS");
            }
            Eventually.within(
                    SOON,
                    "the latest is known",
                    () -> cache(ask(rig, token, "[[model:big-100000]] 99")).equals("HIT"));
            // Not all of them have room. Which ones have gone is chance: ages are told apart by whole seconds.
            assertThat(IntStream.range(0, 100)
                            .mapToObj(i -> cache(ask(rig, token, "[[model:big-100000]] " + i)))
                            .anyMatch("MISS"::equals))
                    .isTrue();
            assertThat(rig.internal("/stats").body()).doesNotContain("\"evictions\":0");
        }
    }

    @Test
    void oneThatRefusesWritesIsOneThatKnowsNothing() {
        try (TestRedis redis = TestRedis.start(
                        "--appendonly", "no", "--maxmemory", "100kb", "--maxmemory-policy", "noeviction");
                Rig rig = rig(redis)) {
            String token = rig.token(rig.user());
            for (int i = 0; i < 3; i++) {
                assertThat(cache(ask(rig, token, "full"))).isEqualTo("MISS");
            }
        }
    }
}
