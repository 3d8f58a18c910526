package gptbroker.live;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import gptbroker.config.BrokerConfig;
import gptbroker.config.Secret;
import gptbroker.live.Heard.Frame;
import gptbroker.live.Heard.Gap;
import gptbroker.ops.Meters;
import gptbroker.problem.Problem;
import gptbroker.problem.ProblemCode;
import gptbroker.store.RedisConnections;
import gptbroker.testing.Eventually;
import gptbroker.testing.FaultProxy;
import gptbroker.testing.TestRedis;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import redis.clients.jedis.Jedis;

/** Topics over a real Redis, heard in two processes' worth of feeds. */
class FeedTest {
    private static final Duration LONG = Duration.ofSeconds(60);
    private static final Duration SHORT = Duration.ofMillis(200);

    private final String prefix = "live-" + UUID.randomUUID();
    private final String topic = UUID.randomUUID().toString();
    private final List<AutoCloseable> open = new ArrayList<>();
    private final Feed here = feed(TestRedis.shared().connections());
    private final Feed there = feed(TestRedis.shared().connections());

    /** One that waits long: a slow moment of a busy machine must not look like an outage. */
    private Feed feed(RedisConnections redis) {
        return feed(redis, Duration.ofSeconds(20));
    }

    private Feed feed(RedisConnections redis, Duration timeout) {
        var keys = new BrokerConfig.Redis(Optional.empty(), prefix, 4, timeout, 1);
        var feed = new Feed(redis, keys, BrokerConfig.Live.DEFAULT, new Meters());
        open.addFirst(feed);
        return feed;
    }

    @AfterEach
    void close() throws Exception {
        for (AutoCloseable part : open) {
            part.close();
        }
    }

    private static byte[] frame(int n) {
        return ("{\"n\":" + n + "}").getBytes(StandardCharsets.UTF_8);
    }

    private static String text(Heard heard) {
        return heard instanceof Frame frame ? new String(frame.body(), StandardCharsets.UTF_8) : "gap";
    }

    private static String next(Subscription reader) throws InterruptedException {
        return text(reader.next(LONG).orElseThrow());
    }

    private static List<String> numbers(int from, int to) {
        return IntStream.range(from, to).mapToObj(n -> "{\"n\":" + n + "}").toList();
    }

    private static List<String> take(Subscription reader, int frames) throws InterruptedException {
        List<String> taken = new ArrayList<>();
        for (int i = 0; i < frames; i++) {
            taken.add(next(reader));
        }
        return taken;
    }

    @Test
    void whatOneBrokerPublishesIsHeardOnBothInOrder() throws Exception {
        try (Subscription near = here.subscribe(topic, Optional.empty());
                Subscription far = there.subscribe(topic, Optional.empty());
                Subscription other = there.subscribe("other", Optional.empty())) {
            for (int i = 0; i < 300; i++) {
                here.publish(topic, frame(i));
            }
            assertThat(take(far, 300)).isEqualTo(numbers(0, 300));
            assertThat(take(near, 300)).isEqualTo(numbers(0, 300));
            assertThat(far.next(SHORT)).isEmpty();
            assertThat(other.next(SHORT)).isEmpty();
        }
    }

    @Test
    void aReaderGoesOnWhereItWas() throws Exception {
        FrameId second;
        try (Subscription reader = here.subscribe(topic, Optional.of(FrameId.START))) {
            for (int i = 0; i < 5; i++) {
                here.publish(topic, frame(i));
            }
            reader.next(LONG);
            second = ((Frame) reader.next(LONG).orElseThrow()).id();
        }
        try (Subscription again = there.subscribe(topic, FrameId.parse(second.toString()))) {
            assertThat(take(again, 3)).isEqualTo(numbers(2, 5));
            here.publish(topic, frame(5));
            assertThat(next(again)).isEqualTo("{\"n\":5}");
        }
    }

    /** Redis numbers frames by its clock: one that comes in the millisecond of the subscription is still after it. */
    @Test
    void aFrameRightAfterTheSubscriptionIsHeard() throws Exception {
        for (int i = 0; i < 300; i++) {
            try (Subscription reader = here.subscribe(topic + i, Optional.empty())) {
                here.publish(topic + i, frame(i));
                assertThat(next(reader)).isEqualTo("{\"n\":" + i + "}");
            }
        }
    }

    /** Its queue is short; the rest waits in Redis. */
    @Test
    void aSlowReaderLosesNothingThatIsKept() throws Exception {
        try (Subscription slow = there.subscribe(topic, Optional.empty());
                Subscription quick = there.subscribe(topic, Optional.empty())) {
            for (int i = 0; i < 400; i++) {
                here.publish(topic, frame(i));
            }
            assertThat(take(quick, 400)).isEqualTo(numbers(0, 400));
            assertThat(take(slow, 400)).isEqualTo(numbers(0, 400));
        }
    }

    @Test
    void aReaderThatWasAwayTooLongIsTold() throws Exception {
        FrameId first;
        try (Subscription reader = here.subscribe(topic, Optional.empty())) {
            here.publish(topic, frame(0));
            first = ((Frame) reader.next(LONG).orElseThrow()).id();
            for (int i = 1; i < 2_000; i++) {
                here.publish(topic, frame(i));
            }
            Eventually.isTrue("trimmed", () -> !here.read(topic, first).there());
        }
        try (Subscription late = there.subscribe(topic, Optional.of(first))) {
            assertThat(late.next(LONG).orElseThrow()).isInstanceOf(Gap.class);
            String after = next(late);
            assertThat(after).isNotEqualTo("{\"n\":1}");
            String last = after;
            while (!last.equals("{\"n\":1999}")) {
                last = next(late);
            }
        }
    }

    @Test
    void aRecordIsWholeAndNumbered() throws Exception {
        Outgoing record = here.record("owner", topic, frame(0));
        assertThat(there.oldest(topic)).isPresent();
        for (int i = 1; i < 1_000; i++) {
            assertThat(record.add(frame(i))).isTrue();
        }
        try (Subscription reader = there.subscribe(topic, Optional.of(FrameId.START))) {
            assertThat(take(reader, 1_000)).isEqualTo(numbers(0, 1_000));
        }
        assertThat(there.oldest(topic).orElseThrow().id()).isEqualTo(FrameId.ofRecord(1));
        assertThat(there.newest(topic).orElseThrow().id()).isEqualTo(FrameId.ofRecord(1_000));
        try (Subscription reader = there.subscribe(topic, Optional.of(FrameId.ofRecord(990)))) {
            assertThat(take(reader, 10)).isEqualTo(numbers(990, 1_000));
        }
    }

    @Test
    void theBufferGoesByItself() throws Exception {
        here.publish(topic, frame(0));
        here.record("owner", "r", frame(0)).add(frame(1));
        try (Jedis redis = TestRedis.shared().open()) {
            Eventually.isTrue("written", () -> redis.keys(prefix + ":*").size() == 4);
            assertThat(redis.keys(prefix + ":*"))
                    .allSatisfy(key -> assertThat(redis.ttl(key)).isBetween(1L, 300L));
        }
    }

    @Test
    void whatIsErasedIsNotHeardAgain() throws Exception {
        here.publish(topic, frame(0));
        Eventually.isTrue("kept", () -> there.newest(topic).isPresent());
        FrameId known = there.newest(topic).orElseThrow().id();
        here.publish(topic, frame(1));
        here.publish("other", frame(7));
        // What is still on its way is erased too.
        here.erase(List.of(topic, "unknown"));
        assertThat(there.newest(topic)).isEmpty();
        here.publish(topic, frame(2));
        try (Subscription behind = there.subscribe(topic, Optional.of(known))) {
            assertThat(take(behind, 2)).containsExactly("gap", "{\"n\":2}");
        }
        Eventually.isTrue("untouched", () -> there.newest("other").isPresent());
    }

    @Test
    void anOwnersRecordsAreErasedAndGoNoFurther() throws Exception {
        Outgoing running = here.record("owner", topic, frame(0));
        here.record("owner", "another", frame(0));
        here.record("stranger", "kept", frame(0));
        there.eraseRecords("owner");
        there.eraseRecords("nobody");
        assertThat(there.oldest(topic)).isEmpty();
        assertThat(there.oldest("another")).isEmpty();
        assertThat(there.oldest("kept")).isPresent();
        Eventually.isTrue("given up", () -> !running.add(frame(1)));
        assertThat(there.oldest(topic)).isEmpty();
        try (Jedis redis = TestRedis.shared().open()) {
            assertThat(redis.keys(prefix + ":*records:owner")).isEmpty();
        }
    }

    @Test
    void erasingSaysSoWhileRedisIsAway() throws Exception {
        try (FaultProxy proxy = new FaultProxy(TestRedis.shared().port());
                Feed away = feed(
                        new RedisConnections(new Secret("redis://127.0.0.1:" + proxy.port())), Duration.ofSeconds(1))) {
            proxy.refuse(true);
            proxy.cut();
            assertThatThrownBy(() -> away.erase(List.of(topic)))
                    .isInstanceOf(Problem.class)
                    .hasFieldOrPropertyWithValue("code", ProblemCode.OVERLOADED);
        }
    }

    @Test
    void nobodyHearsWhoHasLeft() throws Exception {
        Subscription gone = here.subscribe(topic, Optional.empty());
        try (Jedis redis = TestRedis.shared().open()) {
            Eventually.isTrue(
                    "joined", () -> redis.pubsubChannels(prefix + "*" + topic).size() == 1);
            gone.close();
            Eventually.isTrue(
                    "left", () -> redis.pubsubChannels(prefix + "*" + topic).isEmpty());
        }
        assertThat(gone.next(LONG)).isEmpty();
        assertThat(gone.isClosed()).isTrue();
    }

    /** Killed and started again: what was published meanwhile waits, and readers come back by themselves. */
    @Test
    void aRedisThatIsAwayForAMomentLosesNothing() throws Exception {
        try (TestRedis redis = TestRedis.start();
                Feed writer = feed(redis.connections());
                Feed other = feed(redis.connections());
                Subscription reader = other.subscribe(topic, Optional.empty())) {
            writer.publish(topic, frame(0));
            assertThat(next(reader)).isEqualTo("{\"n\":0}");
            redis.kill();
            for (int i = 1; i < 50; i++) {
                writer.publish(topic, frame(i));
            }
            redis.restart();
            assertThat(take(reader, 49)).isEqualTo(numbers(1, 50));
        }
    }

    /** Cut off in the middle: what was published meanwhile is read from the buffer after the reconnection. */
    @Test
    void aBrokenConnectionCostsNothing() throws Exception {
        try (FaultProxy proxy = new FaultProxy(TestRedis.shared().port());
                Feed shaky = feed(new RedisConnections(new Secret("redis://127.0.0.1:" + proxy.port())));
                Subscription reader = shaky.subscribe(topic, Optional.empty())) {
            for (int i = 0; i < 400; i++) {
                if (i % 80 == 40) {
                    proxy.cut();
                }
                shaky.publish(topic, frame(i));
            }
            assertThat(take(reader, 400)).isEqualTo(numbers(0, 400));
        }
    }
}
