package gptbroker.project;

import static java.nio.charset.StandardCharsets.UTF_8;

import gptbroker.store.RedisKeys;
import gptbroker.store.RedisPipe;
import gptbroker.store.RedisReply;
import gptbroker.store.RedisScript;
import gptbroker.store.StoreUnavailable;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;

/**
 * The look-up cache in Redis, {@code apikey:<sha256>}, shared by all brokers: a change is told here once and holds
 * everywhere, because nobody keeps an answer of it. Thread-safe.
 */
final class KeyCache {
    /** How long an entry serves without a look into the database, as long as that is there. */
    static final Duration FRESH = Duration.ofSeconds(30);

    /** How long it serves while the database is away. */
    static final Duration KEEP = Duration.ofHours(1);

    private static final RedisScript FIND = RedisScript.resource(KeyCache.class, "key_find");
    private static final RedisScript STORE = RedisScript.resource(KeyCache.class, "key_keep");

    private final RedisPipe pipe;
    private final RedisKeys keys;
    private final AtomicReference<Optional<Long>> awayNanos = new AtomicReference<>(Optional.empty());

    KeyCache(RedisPipe pipe, RedisKeys keys) {
        this.pipe = pipe;
        this.keys = keys;
    }

    /**
     * An entry.
     *
     * @param fresh whether it need not be compared with the database: that was asked a moment ago, and Redis has not
     *     been away since, so that nothing can have been told to it in vain
     */
    record Known(KeyEntry entry, boolean fresh) {}

    /** What is known of a key; also empty while Redis is away. */
    Optional<Known> find(String sha256) {
        try {
            RedisReply reply = pipe.run(FIND, key(sha256), List.of());
            boolean fresh = isFresh(KEEP.minusMillis(reply.number(1)));
            return KeyEntry.decode(reply.text(0)).map(entry -> new Known(entry, fresh));
        } catch (StoreUnavailable away) {
            awayNanos.set(Optional.of(System.nanoTime()));
            return Optional.empty();
        }
    }

    /** Keeps an entry unless a newer one is there; false when Redis did not take it. */
    boolean keep(String sha256, KeyEntry entry) {
        try {
            pipe.run(
                    STORE,
                    key(sha256),
                    List.of(
                            Long.toString(entry.version()).getBytes(UTF_8),
                            entry.encode().getBytes(UTF_8),
                            Long.toString(KEEP.toMillis()).getBytes(UTF_8)));
            return true;
        } catch (StoreUnavailable away) {
            awayNanos.set(Optional.of(System.nanoTime()));
            return false;
        }
    }

    private boolean isFresh(Duration age) {
        return age.compareTo(FRESH) < 0
                && awayNanos
                        .get()
                        .filter(away -> age.toNanos() >= System.nanoTime() - away)
                        .isEmpty();
    }

    private List<byte[]> key(String sha256) {
        return List.of(keys.key(keys.partition(sha256), "apikey:" + sha256).getBytes(UTF_8));
    }
}
