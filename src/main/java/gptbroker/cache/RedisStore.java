package gptbroker.cache;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import gptbroker.ops.Meters;
import gptbroker.store.RedisConnections;
import gptbroker.store.RedisPipe;
import gptbroker.store.RedisReply;
import gptbroker.store.RedisScript;
import gptbroker.store.StoreUnavailable;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Answers in a Redis that may evict, shared by all replicas. While it is away every answer is unknown: after one call
 * has waited in vain the next ones do not wait for a second. A drop that it could not be told meanwhile is told before
 * the next look.
 */
final class RedisStore implements Store {
    private static final Logger LOG = LoggerFactory.getLogger(RedisStore.class);
    private static final RedisScript GET = RedisScript.resource(RedisStore.class, "cache_get");
    private static final RedisScript PUT = RedisScript.resource(RedisStore.class, "cache_put");
    private static final RedisScript DROP = RedisScript.resource(RedisStore.class, "cache_drop");
    private static final RedisScript SIZE = RedisScript.resource(RedisStore.class, "cache_size");
    private static final long PAUSE_NANOS = Duration.ofSeconds(1).toNanos();
    private static final int MOST_OWED = 1_000;
    private static final Look AWAY = new Look(Optional.empty(), "");

    private final RedisPipe pipe;
    private final String prefix;
    private final byte[] all;
    /** What was dropped and is not told yet; the object is that drop, as the same may be dropped again meanwhile. */
    private final Map<String, Object> owed = new ConcurrentHashMap<>();

    private volatile long awayUntil = System.nanoTime();

    /** @param prefix of every key; one hash tag, so that a script stays in one slot */
    RedisStore(RedisConnections connections, String prefix, Duration timeout, Meters meters) {
        // One connection: what is put is there for the look that follows.
        this.pipe = new RedisPipe(connections, 1, timeout, meters);
        this.prefix = prefix + ":{cache}:";
        this.all = name("all");
    }

    @Override
    public Optional<Stored> near(Key key) {
        return Optional.empty();
    }

    @Override
    public Look look(Key key) {
        if (isAway() || !paid()) {
            return AWAY;
        }
        List<byte[]> keys = new ArrayList<>();
        keys.add(name("e:" + key.digest()));
        keys.add(all);
        key.tags().forEach(tag -> keys.add(name("t:" + tag)));
        try {
            RedisReply reply = pipe.run(GET, keys, List.of());
            Optional<Stored> stored = reply.size() > 1 ? StoredCodec.decode(reply.bytes(1)) : Optional.empty();
            return new Look(stored, reply.text(0));
        } catch (StoreUnavailable e) {
            failed(e);
            return AWAY;
        }
    }

    @Override
    public void put(Key key, Stored stored, String token) {
        if (token.isEmpty() || isAway()) {
            return;
        }
        byte[] ttl = Long.toString(stored.ttl().toMillis()).getBytes(US_ASCII);
        List<byte[]> args = List.of(token.getBytes(US_ASCII), ttl, StoredCodec.encode(stored));
        pipe.submit(PUT, List.of(name("e:" + key.digest())), args).whenComplete((reply, failure) -> {
            if (failure instanceof StoreUnavailable e) {
                failed(e);
            }
        });
    }

    @Override
    public void drop(String tag) {
        owe("t:" + tag);
    }

    @Override
    public void clear() {
        owe("all");
    }

    @Override
    public Size size() {
        try {
            RedisReply reply = pipe.run(SIZE, List.of(all), List.of());
            return new Size(reply.number(0), reply.number(1), reply.number(2));
        } catch (StoreUnavailable e) {
            return new Size(0, 0, 0);
        }
    }

    @Override
    public void close() {
        pipe.close();
    }

    private void owe(String generation) {
        if (owed.size() >= MOST_OWED) {
            owed.clear();
            owed.put("all", new Object());
        } else {
            owed.put(generation, new Object());
        }
        if (!isAway()) {
            paid();
        }
    }

    /** Tells what was dropped; false when Redis does not take it. */
    private boolean paid() {
        if (owed.isEmpty()) {
            return true;
        }
        Map<String, Object> now = Map.copyOf(owed);
        if (now.isEmpty()) {
            return true;
        }
        try {
            pipe.run(DROP, now.keySet().stream().map(this::name).toList(), List.of());
            // Not by the name alone: who drops it again after Redis was told must not find it told.
            now.forEach(owed::remove);
            return true;
        } catch (StoreUnavailable e) {
            failed(e);
            return false;
        }
    }

    private boolean isAway() {
        return System.nanoTime() - awayUntil < 0;
    }

    private void failed(StoreUnavailable e) {
        if (!isAway()) {
            LOG.warn("The cache's Redis does not answer, calls go on without: {}", e.getMessage());
        }
        awayUntil = System.nanoTime() + PAUSE_NANOS;
    }

    private byte[] name(String rest) {
        return (prefix + rest).getBytes(UTF_8);
    }
}
