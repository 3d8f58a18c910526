package gptbroker.live;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.stream.Collectors.groupingBy;
import static java.util.stream.Collectors.mapping;
import static java.util.stream.Collectors.toList;

import gptbroker.config.BrokerConfig;
import gptbroker.live.Heard.Frame;
import gptbroker.ops.Meters;
import gptbroker.problem.Problem;
import gptbroker.problem.ProblemCode;
import gptbroker.store.RedisChannels;
import gptbroker.store.RedisConnections;
import gptbroker.store.RedisKeys;
import gptbroker.store.RedisPipe;
import gptbroker.store.RedisReply;
import gptbroker.store.RedisScript;
import gptbroker.store.StoreUnavailable;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ThreadLocalRandom;
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
    private static final RedisScript PUBLISH = RedisScript.resource(Feed.class, "publish");
    private static final RedisScript RECORD = RedisScript.resource(Feed.class, "record");
    private static final RedisScript PAGE = RedisScript.resource(Feed.class, "page");
    private static final RedisScript RECORDS = RedisScript.resource(Feed.class, "records");
    private static final RedisScript ERASE = RedisScript.resource(Feed.class, "erase");
    private static final RedisScript TAIL = RedisScript.resource(Feed.class, "tail");
    private static final int PAGE_FRAMES = 100;
    private static final int PAGE_BYTES = 128 * 1024;
    private static final Duration PING_EVERY = Duration.ofSeconds(5);
    private static final Duration FLUSH = Duration.ofSeconds(2);
    private static final Duration RETRY_AFTER = Duration.ofSeconds(2);

    /**
     * What follows a frame in its buffer.
     *
     * @param there whether that frame itself is still there
     * @param more whether there is more behind these
     */
    record Page(boolean there, boolean more, List<Frame> frames) {}

    private final RedisKeys keys;
    private final String most;
    private final String keepSeconds;
    private final RedisPipe pipe;
    private final RedisChannels channels;
    private final LiveMeters meters;
    private final String publisher =
            Long.toHexString(ThreadLocalRandom.current().nextLong());
    private final AtomicLong batches = new AtomicLong();
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
        this.keys = new RedisKeys(redis.prefix(), redis.partitions());
        this.most = Integer.toString(config.bufferFrames());
        this.keepSeconds = Long.toString(config.bufferTtl().toSeconds());
        this.pipe = new RedisPipe(connections, 1, redis.timeout(), meters);
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
                    ? new Outgoing(pumps, batch -> publishing(name, batch), meters, () -> tidy(name), false)
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
        recording(owner, topic, next, List.of(first)).send();
        return new Outgoing(pumps, frames -> recording(owner, topic, next, frames), meters, () -> {}, true);
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
        Map<Integer, List<byte[]>> buffers =
                topics.stream().collect(groupingBy(keys::partition, mapping(topic -> bytes(channel(topic)), toList())));
        answered(() -> buffers.values().forEach(this::erase));
    }

    /** As {@link #erase}, all records of an owner; those that are being written go no further. */
    void eraseRecords(String owner) {
        answered(() -> {
            for (int partition = 0; partition < keys.partitions(); partition++) {
                byte[] index = bytes(records(partition, owner));
                List<byte[]> names = new ArrayList<>(
                        pipe.run(RECORDS, List.of(index), List.of()).blobs(0));
                if (!names.isEmpty()) {
                    names.add(index);
                    erase(names);
                }
            }
        });
    }

    /** Those of one partition. */
    private void erase(List<byte[]> names) {
        pipe.run(ERASE, names, List.of());
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
        FrameId from = after.orElseGet(() -> tail(topic));
        boolean known = after.filter(id -> !id.equals(FrameId.START)).isPresent();
        var subscription = new Subscription(this, topic, from, known);
        audiences.compute(channel(topic), (channel, audience) -> {
            Set<Subscription> all = audience == null ? ConcurrentHashMap.newKeySet() : audience;
            all.add(subscription);
            channels.join(channel);
            return all;
        });
        return subscription;
    }

    /** The first frame that is kept. */
    Optional<Frame> oldest(String topic) {
        return read(topic, FrameId.START, 1).frames().stream().findFirst();
    }

    /** The last frame. */
    Optional<Frame> newest(String topic) {
        RedisReply reply = pipe.run(TAIL, List.of(bytes(channel(topic))), List.of());
        return reply.size() > 1 ? Optional.of(new Frame(id(reply.text(0)), reply.blob(1))) : Optional.empty();
    }

    /** What follows a frame. */
    Page read(String topic, FrameId after) {
        return read(topic, after, PAGE_FRAMES);
    }

    LiveMeters meters() {
        return meters;
    }

    void forget(Subscription gone) {
        audiences.computeIfPresent(channel(gone.topic()), (channel, audience) -> {
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

    private Outgoing.Batch publishing(String topic, List<byte[]> frames) {
        String channel = channel(topic);
        List<byte[]> args =
                arguments(frames, publisher, Long.toString(batches.incrementAndGet()), most, keepSeconds, channel);
        return () -> {
            pipe.run(PUBLISH, List.of(bytes(channel), bytes(channel + ":publishers")), args);
            return true;
        };
    }

    private Outgoing.Batch recording(String owner, String topic, AtomicLong next, List<byte[]> frames) {
        String channel = channel(topic);
        String records = records(keys.partition(topic), owner);
        List<byte[]> args = arguments(frames, Long.toString(next.getAndAdd(frames.size())), keepSeconds, channel);
        return () -> pipe.run(RECORD, List.of(bytes(channel), bytes(records)), args)
                .text(0)
                .equals("OK");
    }

    private void tidy(String topic) {
        outgoing.computeIfPresent(topic, (name, out) -> out.isIdle() ? null : out);
    }

    private FrameId tail(String topic) {
        return id(pipe.run(TAIL, List.of(bytes(channel(topic))), List.of()).text(0));
    }

    private Page read(String topic, FrameId after, int most) {
        RedisReply reply = pipe.run(
                PAGE,
                List.of(bytes(channel(topic))),
                List.of(bytes(after.toString()), bytes(Integer.toString(most)), bytes(Integer.toString(PAGE_BYTES))));
        List<byte[]> found = reply.blobs(2);
        List<Frame> frames = new ArrayList<>(found.size() / 2);
        for (int i = 0; i < found.size(); i += 2) {
            frames.add(new Frame(id(new String(found.get(i), UTF_8)), found.get(i + 1)));
        }
        return new Page(reply.number(0) == 1, reply.number(1) == 1, frames);
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

    private String channel(String topic) {
        return keys.key(keys.partition(topic), "feed:" + topic);
    }

    /** Beside the records, so that one script can touch both. */
    private String records(int partition, String owner) {
        return keys.key(partition, "feed-records:" + owner);
    }

    private static FrameId id(String text) {
        return FrameId.parse(text).orElseThrow(() -> new IllegalStateException("not an id of Redis"));
    }

    private static List<byte[]> arguments(List<byte[]> frames, String... words) {
        List<byte[]> all = new ArrayList<>(words.length + frames.size());
        for (String word : words) {
            all.add(bytes(word));
        }
        all.addAll(frames);
        return all;
    }

    private static byte[] bytes(String text) {
        return text.getBytes(UTF_8);
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
            var frame = new Frame(id(new String(message, 0, blank, UTF_8)), body);
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
