package gptbroker.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import gptbroker.testing.Eventually;
import gptbroker.testing.TestPostgres;
import gptbroker.testing.TestRedis;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import java.util.zip.CRC32;
import org.junit.jupiter.api.Test;
import redis.clients.jedis.Jedis;

/** API keys on several brokers, and while a store is away: never open, and gone at once when revoked. */
class KeyOutageE2eTest {
    private static final Duration SOON = Duration.ofSeconds(60);

    private static Map<String, String> variables(String... more) {
        var variables = new java.util.HashMap<>(Map.of(
                "ADMIN_KEY", Operator.KEY, "ADDRESS_RATE_LIMIT", "0", "REDIS_TIMEOUT", "5s", "DAILY_LIMIT", "100000"));
        for (int i = 0; i < more.length; i += 2) {
            variables.put(more[i], more[i + 1]);
        }
        return variables;
    }

    private static HttpResponse<String> query(Rig rig, String key, String content) {
        return rig.send(rig.request("/query")
                .header("X-API-Key", key)
                .header("Content-Type", "application/json")
                .POST(BodyPublishers.ofString("{\"content\":\"" + content + "\"}")));
    }

    private static int status(Rig rig, String key) {
        return query(rig, key, "x").statusCode();
    }

    /** Of a request that many others accompany: whose look-up has waited too long is asked to come back, and does. */
    private static int inputs(Rig rig, String key) {
        var status = new AtomicInteger();
        Eventually.within(SOON, "looked up", () -> {
            HttpResponse<String> answer = rig.get("/inputs?limit=1", key);
            status.set(answer.statusCode());
            return !code(answer).equals("identity_unavailable");
        });
        return status.get();
    }

    private static String code(HttpResponse<String> answer) {
        return answer.headers().firstValue("x-error-code").orElse("");
    }

    @Test
    void s0_15_aRevocationHoldsAtOnceOnEveryBroker() {
        String prefix = "keys-" + ThreadLocalRandom.current().nextLong();
        String database = TestPostgres.shared().database().reveal();
        var shared = variables("REDIS_PREFIX", prefix, "DATABASE_URL", database, "TENANT", "shared");
        try (Rig one = Rig.start(shared);
                Rig two = Rig.start(shared)) {
            var operator = new Operator(one);
            operator.project("both", "");
            for (int round = 0; round < 8; round++) {
                JsonNode made = operator.key("both");
                String id = made.path("id").textValue();
                String first = made.path("key").textValue();
                assertThat(status(two, first) + status(one, first)).isEqualTo(400);
                String second = new Operator(two)
                        .ok("POST", "/admin/keys/" + id + "/rotate", "")
                        .path("key")
                        .textValue();
                assertThat(status(one, first) + status(two, first)).isEqualTo(802);
                assertThat(status(one, second) + status(two, second)).isEqualTo(400);
                operator.ok("DELETE", "/admin/keys/" + id, "");
                assertThat(status(two, second) + status(one, second)).isEqualTo(802);
            }
            String key = operator.key("both").path("key").textValue();
            assertThat(status(two, key)).isEqualTo(200);
            operator.ok("PATCH", "/admin/projects/both", "{\"system_prompt\":\"Anew.\"}");
            assertThat(status(two, key)).isEqualTo(200);
            assertThat(two.lastAsked()).contains("Anew.");
        }
    }

    /** Look-ups that read the database before the revocation and come to Redis after it must not undo it. */
    @Test
    void aRevocationHoldsAmongLookUpsUnderWay() throws Exception {
        String prefix = "race-" + ThreadLocalRandom.current().nextLong();
        String database = TestPostgres.shared().database().reveal();
        var shared = variables("REDIS_PREFIX", prefix, "DATABASE_URL", database, "TENANT", "race");
        try (Rig one = Rig.start(shared);
                Rig two = Rig.start(shared);
                var clients = Executors.newVirtualThreadPerTaskExecutor()) {
            var operator = new Operator(one);
            operator.project("p", "");
            for (int round = 0; round < 15; round++) {
                JsonNode made = operator.key("p");
                String key = made.path("key").textValue();
                var revoked = new AtomicBoolean();
                var readers = IntStream.range(0, 8)
                        .mapToObj(i -> clients.submit(() -> lastWord(i % 2 == 0 ? one : two, key, revoked)))
                        .toList();
                operator.ok("DELETE", "/admin/keys/" + made.path("id").textValue(), "");
                revoked.set(true);
                for (var reader : readers) {
                    assertThat(reader.get()).isEqualTo(401);
                }
            }
        }
    }

    /** Asks until an answer to a question that was put after the revocation. */
    private static int lastWord(Rig rig, String key, AtomicBoolean revoked) {
        while (true) {
            boolean after = revoked.get();
            int status = inputs(rig, key);
            if (after || status != 200 && status != 401) {
                return status;
            }
        }
    }

    @Test
    void s0_16_withoutRedisTheDatabaseDecides() {
        try (var redis = TestRedis.start();
                Rig rig = Rig.start(
                        variables("ON_REDIS_DOWN", "open", "REDIS_TIMEOUT", "250ms"), redis, TestPostgres.shared())) {
            var operator = new Operator(rig);
            operator.project("p", "");
            JsonNode made = operator.key("p");
            String good = operator.key("p").path("key").textValue();
            String revoked = made.path("key").textValue();
            assertThat(status(rig, good) + status(rig, revoked)).isEqualTo(400);
            redis.kill();
            assertThat(status(rig, good)).isEqualTo(200);
            assertThat(status(rig, guess())).isEqualTo(401);
            JsonNode gone =
                    operator.ok("DELETE", "/admin/keys/" + made.path("id").textValue(), "");
            assertThat(gone.path("everywhere").booleanValue()).isFalse();
            assertThat(status(rig, revoked)).isEqualTo(401);

            redis.restart();
            Eventually.within(SOON, "ready", () -> rig.internal("/readyz").statusCode() == 200);
            // Redis still has it as good, from before.
            assertThat(status(rig, revoked)).isEqualTo(401);
            assertThat(status(rig, good)).isEqualTo(200);
        }
    }

    @Test
    void withoutTheDatabaseRedisDecidesAndNothingOpens() {
        try (var postgres = TestPostgres.start();
                Rig rig = Rig.start(variables(), TestRedis.shared(), postgres)) {
            var operator = new Operator(rig);
            operator.project("p", "\"system_prompt\":\"Be brief.\"");
            String used = operator.key("p").path("key").textValue();
            String unused = operator.key("p").path("key").textValue();
            assertThat(status(rig, used)).isEqualTo(200);
            postgres.stop();
            assertThat(status(rig, used)).isEqualTo(200);
            assertThat(rig.lastAsked()).contains("Be brief.");
            HttpResponse<String> unknown = query(rig, unused, "x");
            assertThat(unknown.statusCode()).isEqualTo(503);
            assertThat(code(unknown)).isEqualTo("identity_unavailable");
            assertThat(unknown.headers().firstValue("retry-after")).isPresent();
            assertThat(status(rig, "gb_blind")).isEqualTo(401);
            assertThat(operator.send("POST", "/admin/projects/p/keys", "{}").statusCode())
                    .isEqualTo(503);
            postgres.restart();
            Eventually.within(SOON, "found", () -> status(rig, unused) == 200);
        }
    }

    @Test
    void s0_14_guessingIsCheapAndLeavesNothing() {
        try (Rig rig = Rig.start(variables("REDIS_PREFIX", "guesses", "TENANT", "guesses"));
                var clients = Executors.newVirtualThreadPerTaskExecutor()) {
            var operator = new Operator(rig);
            operator.project("p", "");
            String key = operator.key("p").path("key").textValue();
            assertThat(status(rig, key)).isEqualTo(200);
            long before = scans(rig);
            List<String> guesses = IntStream.range(0, 10_000)
                    .mapToObj(i -> i % 20 == 0 ? guess() : blind())
                    .toList();
            var answers = IntStream.range(0, 8)
                    .mapToObj(part -> clients.submit(() -> IntStream.range(part * 1250, part * 1250 + 1250)
                            .filter(i -> inputs(rig, guesses.get(i)) != 401)
                            .count()))
                    .toList();
            assertThat(status(rig, key)).isEqualTo(200);
            assertThat(answers).allSatisfy(count -> assertThat(count.get()).isZero());
            Eventually.within(SOON, "counted", () -> scans(rig) >= before + 500);
            assertThat(scans(rig)).as("only what could be a key is looked up").isLessThan(before + 600);
            String repeated = guess();
            for (int i = 0; i < 500; i++) {
                assertThat(inputs(rig, repeated)).isEqualTo(401);
            }
            assertThat(scans(rig)).isLessThan(before + 620);
            try (Jedis jedis = TestRedis.shared().open()) {
                List<String> kept = jedis.keys("guesses:*apikey:*").stream().toList();
                assertThat(kept).hasSize(1).noneMatch(name -> name.contains(key.substring(3, 20)));
                assertThat(jedis.hgetAll(kept.getFirst()).toString()).doesNotContain(key);
                assertThat(jedis.ttl(kept.getFirst())).isPositive();
            }
        }
    }

    /** Look-ups in the table of the keys, as Postgres has counted them. */
    private static long scans(Rig rig) {
        return Long.parseLong(
                rig.archive("select coalesce(idx_scan, 0) + coalesce(seq_scan, 0) from pg_stat_user_tables"
                                + " where relname = 'broker_api_keys'")
                        .getFirst());
    }

    private static String letters() {
        byte[] random = new byte[32];
        ThreadLocalRandom.current().nextBytes(random);
        return "gb_" + java.util.Base64.getUrlEncoder().withoutPadding().encodeToString(random);
    }

    private static String blind() {
        return letters() + "00000000";
    }

    /** As somebody guesses who knows the form. */
    private static String guess() {
        String body = letters();
        var crc = new CRC32();
        crc.update(body.getBytes(java.nio.charset.StandardCharsets.US_ASCII));
        return body + HexFormat.of().toHexDigits((int) crc.getValue());
    }
}
