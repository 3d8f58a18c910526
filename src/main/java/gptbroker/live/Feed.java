package gptbroker.live;

import static java.nio.charset.StandardCharsets.UTF_8;

import gptbroker.config.BrokerConfig;
import gptbroker.live.Heard.Frame;
import gptbroker.ops.Meters;
import gptbroker.problem.Problem;
import gptbroker.problem.ProblemCode;
import gptbroker.store.RedisChannels;
import gptbroker.store.RedisConnections;
import gptbroker.store.RedisKeys;
import gptbroker.store.RedisPipe;
import gptbroker.store.StoreUnavailable;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Topics over Redis: what one broker publishes, readers on every replica hear, and for some minutes can hear again. Each
 * topic is a Redis Stream of bounded length and age, and a channel that wakes the listeners; a process has one
 * connection to listen, whatever its number of readers, none while it has no reader.
 *
 * <p>Best effort: nothing here may hold up or fail what is published. Thread-safe.
 */
public final class Feed implements AutoCloseable {
    private static final Duration PING_EVERY = Duration.ofSeconds(5);
    private static final Duration FLUSH = Duration.ofSeconds(2);
    private static final Duration RETRY_AFTER = Duration.ofSeconds(2);

    private final RedisPipe pipe;
    private final Buffers buffers;
    private final RedisChannels channels;
    private final LiveMeters meters;
    private final Map<String, Outgoing> outgoing = new ConcurrentHashMap<>();
    /** By channel, which is also the name of the buffer. */
    private final Map<String, Set<Subscription>> audiences = new ConcurrentHashMap<>();

    private final ExecutorService pumps = Executors.newThreadPerTaskExecutor(
            Thread.ofVirtual().name("feed-", 0).factory());
    private final Thread heart;

    /**
     * Connects in the background; Redis may be away.
     *
     * @param connections to the Redis that keeps the buffers
     * @param redis for the names of the keys, and the time-out
     */
    public Feed(RedisConnections connections, BrokerConfig.Redis redis, BrokerConfig.Live config, Meters meters) {
        var keys = new RedisKeys(redis.prefix(), redis.partitions());
        this.pipe = new RedisPipe(connections, 1, redis.timeout(), meters);
        this.buffers = new Buffers(pipe, keys, config);
        this.channels = new RedisChannels(connections, keys.key(0, "feed"), new Ear());
        this.meters = new LiveMeters(
                meters, () -> audiences.values().stream().mapToInt(Set::size).sum());
        this.heart = Thread.ofVirtual().name("feed-heart").start(this::beat);
    }

    /**
     * Tells all readers of a topic, in the order of this process's calls. Returns at once; while Redis is away frames wait
     * some seconds, then they are lost.
     *
     * @param topic ASCII, such as an id; part of a key's name, so no secret
     * @param frame one JSON object, at most some 100 KB; not to be changed afterwards
     */
    public void publish(String topic, byte[] frame) {
        outgoing.compute(topic, (name, known) -> {
            Outgoing out = known == null
                    ? new Outgoing(pumps, batch -> buffers.publishing(name, batch), meters, () -> tidy(name), false)
                    : known;
            out.add(frame);
            return out;
        });
    }

    /**
     * A record under this topic: frames numbered from 1, all kept; by one writer. It is there when this returns.
     *
     * @param owner who can have it erased
     * @param first its first frame; {@link Outgoing} takes those after it
     * @throws StoreUnavailable when Redis does not answer
     */
    Outgoing record(String owner, String topic, byte[] first) {
        var next = new AtomicLong(1);
        buffers.recording(owner, topic, next, List.of(first)).send();
        return new Outgoing(pumps, frames -> buffers.recording(owner, topic, next, frames), meters, () -> {}, true);
    }

    /**
     * Forgets what these topics still keep, after what this process has published there. Readers who keep up notice
     * nothing, others hear of a gap.
     *
     * @throws Problem 503 {@code overloaded} when Redis does not answer; some may be forgotten then
     */
    public void erase(Collection<String> topics) {
        long end = System.nanoTime() + FLUSH.toNanos();
        topics.stream()
                .map(outgoing::get)
                .filter(Objects::nonNull)
                .forEach(out -> out.awaitIdle(Duration.ofNanos(end - System.nanoTime())));
        answered(() -> buffers.erase(topics));
    }

    /** As {@link #erase}, all records of an owner; those that are being written go no further. */
    void eraseRecords(String owner) {
        answered(() -> buffers.eraseRecords(owner));
    }

    private static void answered(Runnable erasing) {
        try {
            erasing.run();
        } catch (StoreUnavailable away) {
            throw Problem.of(ProblemCode.OVERLOADED, away.getMessage(), away).retryAfter(RETRY_AFTER);
        }
    }

    /**
     * Listens to a topic.
     *
     * @param after the frame to begin after, {@link FrameId#START} for all that are kept; empty for those to come
     * @throws StoreUnavailable when Redis does not answer
     */
    public Subscription subscribe(String topic, Optional<FrameId> after) {
        FrameId from = after.orElseGet(() -> buffers.tail(topic));
        boolean known = after.filter(id -> !id.equals(FrameId.START)).isPresent();
        var subscription = new Subscription(this, topic, from, known);
        audiences.compute(buffers.channel(topic), (channel, audience) -> {
            Set<Subscription> all = audience == null ? ConcurrentHashMap.newKeySet() : audience;
            all.add(subscription);
            channels.join(channel);
            return all;
        });
        return subscription;
    }

    /** The first frame that is kept. */
    Optional<Frame> oldest(String topic) {
        return buffers.oldest(topic);
    }

    /** The last frame. */
    Optional<Frame> newest(String topic) {
        return buffers.newest(topic);
    }

    /** What follows a frame. */
    Buffers.Page read(String topic, FrameId after) {
        return buffers.read(topic, after);
    }

    LiveMeters meters() {
        return meters;
    }

    void forget(Subscription gone) {
        audiences.computeIfPresent(buffers.channel(gone.topic()), (channel, audience) -> {
            audience.remove(gone);
            if (audience.isEmpty()) {
                channels.leave(channel);
                return null;
            }
            return audience;
        });
    }

    /** Sends what still waits, then ends. */
    @Override
    public void close() {
        heart.interrupt();
        pumps.shutdown();
        try {
            if (!pumps.awaitTermination(FLUSH.toMillis(), TimeUnit.MILLISECONDS)) {
                pumps.shutdownNow();
            }
        } catch (InterruptedException e) {
            pumps.shutdownNow();
            Thread.currentThread().interrupt();
        }
        channels.close();
        pipe.close();
    }

    private void tidy(String topic) {
        outgoing.computeIfPresent(topic, (name, out) -> out.isIdle() ? null : out);
    }

    /** A half-open connection would be silent for ever. */
    private void beat() {
        try {
            while (true) {
                Thread.sleep(PING_EVERY);
                channels.ping();
            }
        } catch (InterruptedException closing) {
            // As close() wants it.
        }
    }

    /** The ears of all subscriptions of this process. */
    private final class Ear implements RedisChannels.Ear {
        @Override
        public void heard(String channel, byte[] message) {
            Set<Subscription> audience = audiences.get(channel);
            if (audience == null) {
                return;
            }
            int blank = 0;
            while (message[blank] != ' ') {
                blank++;
            }
            byte[] body = new byte[message.length - blank - 1];
            System.arraycopy(message, blank + 1, body, 0, body.length);
            var frame = new Frame(Buffers.id(new String(message, 0, blank, UTF_8)), body);
            audience.forEach(subscription -> subscription.offer(frame));
        }

        @Override
        public void joined(String channel) {
            Set<Subscription> audience = audiences.get(channel);
            if (audience != null) {
                audience.forEach(Subscription::doubt);
            }
        }
    }
}
