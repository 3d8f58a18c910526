package gptbroker.cache;

import static org.assertj.core.api.Assertions.assertThat;

import gptbroker.ops.Meters;
import gptbroker.testing.Eventually;
import gptbroker.testing.TestRedis;
import gptbroker.upstream.RawHeader;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import redis.clients.jedis.Jedis;

class RedisStoreTest {
    private static final Duration SOON = Duration.ofSeconds(60);
    private static final Duration HOUR = Duration.ofHours(1);
    private static final Stored STORED = new Stored(
            new Kept(
                    201,
                    "text/plain; charset=utf-8",
                    List.of(new RawHeader("X-One", "1"), new RawHeader("X-Two", "zwölf")),
                    new byte[] {0, -1, 10},
                    "half \ud800 and NUL \u0000 ü"),
            Instant.ofEpochMilli(1_700_000_000_123L),
            HOUR);

    private final TestRedis redis = TestRedis.start("--appendonly", "no");
    private final RedisStore store = open("p");

    private RedisStore open(String prefix) {
        return new RedisStore(redis.connections(), prefix, Duration.ofSeconds(20), new Meters());
    }

    private static Key key(String name, String... tags) {
        return new Key(name, List.of(tags));
    }

    /** Puts, and waits until it is there. */
    private void put(Key key) {
        store.put(key, STORED, store.look(key).token());
        Eventually.within(SOON, "stored", () -> store.look(key).stored().isPresent());
    }

    @AfterEach
    void stop() {
        store.close();
        redis.close();
    }

    @Test
    void anAnswerComesBackAsItWas() {
        put(key("one", "alice"));
        Stored back = store.look(key("one", "alice")).stored().orElseThrow();
        assertThat(back.kept().body()).isEqualTo(STORED.kept().body());
        assertThat(back.kept().text()).isEqualTo(STORED.kept().text());
        assertThat(back).usingRecursiveComparison().isEqualTo(STORED);
        try (Jedis jedis = redis.open()) {
            assertThat(jedis.pttl("p:{cache}:e:one")).isBetween(1L, HOUR.toMillis());
        }
        assertThat(store.size().entries()).isGreaterThanOrEqualTo(3);
        assertThat(store.size().bytes()).isPositive();
    }

    @Test
    void replicasShareAndTenantsDoNot() {
        put(key("one"));
        try (RedisStore replica = open("p");
                RedisStore tenant = open("q")) {
            assertThat(replica.look(key("one")).stored()).isPresent();
            assertThat(tenant.look(key("one")).stored()).isEmpty();
            replica.clear();
        }
        assertThat(store.look(key("one")).stored()).isEmpty();
    }

    @Test
    void whatWasFetchedBeforeADropDoesNotComeBackAfterIt() {
        Key key = key("files", "files");
        String token = store.look(key).token();
        store.drop("files");
        store.put(key, STORED, token);
        Eventually.within(SOON, "written", () -> store.size().entries() >= 3);
        assertThat(store.look(key).stored()).isEmpty();
    }

    /** A drop is over when it returns, also when another one of the same tag was just being told to Redis. */
    @Test
    void aDropBesideAnotherOneIsADrop() throws Exception {
        try (var threads = Executors.newFixedThreadPool(8)) {
            List<Future<Integer>> all = new ArrayList<>();
            for (int i = 0; i < 8; i++) {
                Key key = key("one" + i, "alice");
                all.add(threads.submit(() -> dropsInVain(key)));
            }
            for (Future<Integer> one : all) {
                assertThat(one.get()).isZero();
            }
        }
    }

    private int dropsInVain(Key key) {
        int vain = 0;
        for (int i = 0; i < 200; i++) {
            String before = store.look(key).token();
            store.drop("alice");
            vain += store.look(key).token().equals(before) ? 1 : 0;
        }
        return vain;
    }

    @Test
    void aLostGenerationBringsNothingBack() {
        put(key("one", "alice"));
        try (Jedis jedis = redis.open()) {
            jedis.del("p:{cache}:t:alice");
        }
        assertThat(store.look(key("one", "alice")).stored()).isEmpty();
    }

    /** Persistent, so that what was dropped while it was away would be there again. */
    @Test
    void aDropThatRedisMissesIsMadeUpFor() {
        try (TestRedis durable = TestRedis.start();
                RedisStore away = new RedisStore(durable.connections(), "p", Duration.ofMillis(500), new Meters())) {
            Key key = key("one", "alice");
            Eventually.within(SOON, "connected", () -> !away.look(key).token().isEmpty());
            Eventually.within(SOON, "stored", () -> {
                away.put(key, STORED, away.look(key).token());
                return away.look(key).stored().isPresent();
            });
            durable.kill();
            assertThat(away.look(key).stored()).isEmpty();
            away.drop("alice");
            assertThat(away.size()).isEqualTo(new Store.Size(0, 0, 0));
            durable.restart();
            Eventually.within(SOON, "back", () -> !away.look(key).token().isEmpty());
            assertThat(away.look(key).stored()).isEmpty();
        }
    }

    @Test
    void whatIsNoAnswerOfOursIsUnknown() {
        put(key("one"));
        try (Jedis jedis = redis.open()) {
            for (String damaged : List.of("", "\u0002", "\u0001\u0001", "{}")) {
                jedis.hset("p:{cache}:e:one", "a", damaged);
                assertThat(store.look(key("one")).stored()).isEmpty();
            }
        }
    }
}
