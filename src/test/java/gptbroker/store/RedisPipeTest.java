package gptbroker.store;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import gptbroker.config.Secret;
import gptbroker.ops.Meters;
import gptbroker.testing.Eventually;
import gptbroker.testing.FaultProxy;
import gptbroker.testing.FaultProxy.Way;
import gptbroker.testing.TestRedis;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import redis.clients.jedis.Jedis;

class RedisPipeTest {
    private static final RedisScript ECHO = RedisScript.resource(RedisPipeTest.class, "echo");
    private static final Duration PATIENT = Duration.ofSeconds(20);

    private final FaultProxy proxy = new FaultProxy(TestRedis.shared().port());
    private final RedisPipe pipe = pipe(2, Duration.ofMillis(250));
    private volatile @Nullable Random chaos;

    @AfterEach
    void close() {
        pipe.close();
        proxy.close();
    }

    @Test
    void everyCallerGetsItsOwnReply() throws Exception {
        assertThat(mismatches(64, 100, PATIENT)).isEqualTo(new Outcome(6_400, 0, 0));
    }

    @Test
    void forgottenScriptsAreLoadedInvisibly() {
        for (int i = 0; i < 5; i++) {
            try (Jedis jedis = TestRedis.shared().open()) {
                jedis.scriptFlush();
            }
            assertThat(echo(pipe, "word", PATIENT)).isEqualTo("word");
        }
    }

    @Test
    void lateReplyReachesNobodyElse() throws Exception {
        echo(pipe, "warm", PATIENT);
        proxy.stall(Way.TO_CLIENT);
        // Long enough to be sent in any case.
        var late = catchThrowable(() -> echo(pipe, "mine", Duration.ofSeconds(2)));
        assertThat(late)
                .isInstanceOfSatisfying(
                        StoreUnavailable.class, e -> assertThat(e.inDoubt()).isTrue());
        proxy.resume();

        for (int i = 0; i < 50; i++) {
            assertThat(echo(pipe, "other" + i, PATIENT)).isEqualTo("other" + i);
        }
    }

    @Test
    void delaysAndCutsNeverMixReplies() throws Exception {
        chaos = new Random(42);
        Outcome outcome = mismatches(32, 150, Duration.ofMillis(60));
        chaos = null;
        assertThat(outcome.foreign()).isZero();
        assertThat(outcome.good()).isPositive();
        assertThat(outcome.unavailable()).isPositive();
        proxy.delay(0);
        proxy.slice(16_384);
        assertThat(pipe.ping(PATIENT)).isTrue();
    }

    @Test
    void replyOutOfStepDropsTheConnection() {
        // A stray reply in front of ours, as after a cancelled command on a pooled connection.
        try (var odd = new StrayReplyServer();
                var confused = pipe(odd.port(), 1, Duration.ofSeconds(5))) {
            assertThatThrownBy(() -> echo(confused, "mine", Duration.ofSeconds(5)))
                    .isInstanceOf(StoreUnavailable.class);
            Eventually.within(PATIENT, "the connection was dropped and tried again", () -> odd.connections() >= 2);
        }
    }

    @Test
    void brokenConnectionIsRepairedWithinTheCall() {
        echo(pipe, "warm", PATIENT);
        proxy.cut();
        assertThat(echo(pipe, "again", PATIENT)).isEqualTo("again");
    }

    @Test
    void awayRedisIsToldInTime() {
        proxy.refuse(true);
        proxy.cut();
        var away = catchThrowable(() -> {
            echo(pipe, "a", Duration.ofMillis(250)); // the first may still find out that its connection is dead
            echo(pipe, "b", Duration.ofMillis(250));
        });
        assertThat(away).isInstanceOf(StoreUnavailable.class);
        assertThat(pipe.ping(Duration.ofMillis(100))).isFalse();
        proxy.refuse(false);
        assertThat(echo(pipe, "back", PATIENT)).isEqualTo("back");
    }

    @Test
    void callThatWasNeverSentIsNotInDoubt() {
        try (var nowhere = pipe(1, 2, Duration.ofMillis(100))) {
            assertThat(catchThrowable(() -> echo(nowhere, "x", Duration.ofMillis(100))))
                    .isInstanceOfSatisfying(
                            StoreUnavailable.class, e -> assertThat(e.inDoubt()).isFalse());
        }
    }

    @Test
    void interruptedCallerStillGetsItsReply() {
        Thread.currentThread().interrupt();
        try {
            assertThat(echo(pipe, "word", PATIENT)).isEqualTo("word");
        } finally {
            assertThat(Thread.interrupted()).isTrue();
        }
    }

    @Test
    void refusedWritesAreUnavailable() {
        try (TestRedis small = TestRedis.start("--maxmemory", "1");
                var full = pipe(small.port(), 1, Duration.ofSeconds(5))) {
            var write = RedisScript.resource(RedisPipeTest.class, "write");
            assertThatThrownBy(() -> full.run(write, List.of("k".getBytes(UTF_8)), List.of(), PATIENT))
                    .isInstanceOf(StoreUnavailable.class)
                    .hasMessageContaining("OOM");
        }
    }

    private record Outcome(int good, int unavailable, int foreign) {}

    private Outcome mismatches(int threads, int calls, Duration within) throws Exception {
        List<Future<int[]>> futures = new ArrayList<>();
        try (ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < threads; i++) {
                futures.add(callers.submit(() -> {
                    int[] counts = new int[3];
                    for (int call = 0; call < calls; call++) {
                        counts[one(within)]++;
                    }
                    return counts;
                }));
            }
        }
        int[] sum = new int[3];
        for (var future : futures) {
            for (int i = 0; i < sum.length; i++) {
                sum[i] += future.get()[i];
            }
        }
        return new Outcome(sum[0], sum[1], sum[2]);
    }

    private int one(Duration within) {
        Random random = chaos;
        if (random != null) {
            proxy.delay(random.nextInt(30) == 0 ? 80 : 0);
            proxy.slice(1 + random.nextInt(200));
            if (random.nextInt(60) == 0) {
                proxy.cutAfter(random.nextBoolean() ? Way.TO_CLIENT : Way.TO_SERVER, random.nextInt(2_000));
            }
        }
        String word = Long.toHexString(ThreadLocalRandom.current().nextLong());
        try {
            return echo(pipe, word, within).equals(word) ? 0 : 2;
        } catch (StoreUnavailable e) {
            return 1;
        }
    }

    private static String echo(RedisPipe pipe, String word, Duration within) {
        return pipe.run(ECHO, List.of(), List.of(word.getBytes(UTF_8)), within).text(0);
    }

    private RedisPipe pipe(int lanes, Duration timeout) {
        return pipe(proxy.port(), lanes, timeout);
    }

    private static RedisPipe pipe(int port, int lanes, Duration timeout) {
        var connections = new RedisConnections(new Secret("redis://127.0.0.1:" + port));
        return new RedisPipe(connections, lanes, timeout, new Meters());
    }
}
