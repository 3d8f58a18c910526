package gptbroker.live;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.stream.Collectors.groupingBy;
import static java.util.stream.Collectors.mapping;
import static java.util.stream.Collectors.toList;

import gptbroker.config.BrokerConfig;
import gptbroker.live.Heard.Frame;
import gptbroker.store.RedisKeys;
import gptbroker.store.RedisPipe;
import gptbroker.store.RedisReply;
import gptbroker.store.RedisScript;
import gptbroker.store.StoreUnavailable;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicLong;

/**
 * What Redis keeps of the topics: a stream of frames for each, of bounded length and age. Thread-safe; whatever asks Redis
 * throws {@link StoreUnavailable} when it does not answer.
 */
final class Buffers {
    private static final RedisScript PUBLISH = RedisScript.resource(Buffers.class, "publish");
    private static final RedisScript RECORD = RedisScript.resource(Buffers.class, "record");
    private static final RedisScript PAGE = RedisScript.resource(Buffers.class, "page");
    private static final RedisScript RECORDS = RedisScript.resource(Buffers.class, "records");
    private static final RedisScript ERASE = RedisScript.resource(Buffers.class, "erase");
    private static final RedisScript TAIL = RedisScript.resource(Buffers.class, "tail");
    private static final int PAGE_FRAMES = 100;
    private static final int PAGE_BYTES = 128 * 1024;

    /**
     * What follows a frame in its buffer.
     *
     * @param there whether that frame itself is still there
     * @param more whether there is more behind these
     */
    record Page(boolean there, boolean more, List<Frame> frames) {}

    private final RedisPipe pipe;
    private final RedisKeys keys;
    private final String most;
    private final String keepSeconds;
    private final String publisher =
            Long.toHexString(ThreadLocalRandom.current().nextLong());
    private final AtomicLong batches = new AtomicLong();

    Buffers(RedisPipe pipe, RedisKeys keys, BrokerConfig.Live config) {
        this.pipe = pipe;
        this.keys = keys;
        this.most = Integer.toString(config.bufferFrames());
        this.keepSeconds = Long.toString(config.bufferTtl().toSeconds());
    }

    /** The name of a topic's buffer, and of the channel that tells of it. */
    String channel(String topic) {
        return keys.key(keys.partition(topic), "feed:" + topic);
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

    /** The id of the last frame. */
    FrameId tail(String topic) {
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

    /** Appends frames to a topic. */
    Outgoing.Batch publishing(String topic, List<byte[]> frames) {
        String channel = channel(topic);
        List<byte[]> args =
                arguments(frames, publisher, Long.toString(batches.incrementAndGet()), most, keepSeconds, channel);
        return () -> {
            pipe.run(PUBLISH, List.of(bytes(channel), bytes(channel + ":publishers")), args);
            return true;
        };
    }

    /** Appends frames to a record, from this number on. */
    Outgoing.Batch recording(String owner, String topic, AtomicLong next, List<byte[]> frames) {
        String channel = channel(topic);
        String records = records(keys.partition(topic), owner);
        List<byte[]> args = arguments(frames, Long.toString(next.getAndAdd(frames.size())), keepSeconds, channel);
        return () -> pipe.run(RECORD, List.of(bytes(channel), bytes(records)), args)
                .text(0)
                .equals("OK");
    }

    /** Erases the buffers of these topics. */
    void erase(Collection<String> topics) {
        Map<Integer, List<byte[]>> buffers =
                topics.stream().collect(groupingBy(keys::partition, mapping(topic -> bytes(channel(topic)), toList())));
        buffers.values().forEach(this::eraseNamed);
    }

    /** Erases all records of an owner. */
    void eraseRecords(String owner) {
        for (int partition = 0; partition < keys.partitions(); partition++) {
            byte[] index = bytes(records(partition, owner));
            List<byte[]> names =
                    new ArrayList<>(pipe.run(RECORDS, List.of(index), List.of()).blobs(0));
            if (!names.isEmpty()) {
                names.add(index);
                eraseNamed(names);
            }
        }
    }

    /** Those of one partition. */
    private void eraseNamed(List<byte[]> names) {
        pipe.run(ERASE, names, List.of());
    }

    /** Beside the records, so that one script can touch both. */
    private String records(int partition, String owner) {
        return keys.key(partition, "feed-records:" + owner);
    }

    /** What Redis says an id is. */
    static FrameId id(String text) {
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
}
