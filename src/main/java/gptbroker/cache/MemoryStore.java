package gptbroker.cache;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.Expiry;
import com.github.benmanes.caffeine.cache.RemovalCause;
import gptbroker.ops.Meters;
import io.helidon.metrics.api.Counter;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;

/**
 * Answers in this process's memory, bounded by bytes. A dropped answer is not given any more at once, and leaves the
 * memory when its time is over or the room is needed.
 */
final class MemoryStore implements Store {
    /** Of an entry beside its answer: key, records, the map's node. */
    private static final int OVERHEAD = 512;
    /** A tag that is forgotten only makes its answers unknown. */
    private static final int MOST_TAGS = 100_000;

    private record Entry(Stored stored, String token) {}

    private final Cache<String, Entry> entries;
    private final Cache<String, Long> generations =
            Caffeine.newBuilder().maximumSize(MOST_TAGS).executor(Runnable::run).build();
    private final AtomicLong generation = new AtomicLong();
    private final AtomicLong evicted = new AtomicLong();
    private volatile long all;

    /**
     * An empty one.
     *
     * @param mostBytes answers never take up more, by {@link Kept#size}
     * @param nanoTime for the age of answers
     */
    MemoryStore(long mostBytes, Meters meters, LongSupplier nanoTime) {
        Counter evictions =
                meters.counter("gpt_broker_cache_evictions_total", "Cached answers given up for want of room");
        entries = Caffeine.newBuilder()
                .maximumWeight(mostBytes)
                .weigher(MemoryStore::weight)
                .expireAfter(Expiry.<String, Entry>writing(
                        (digest, entry) -> entry.stored().ttl()))
                .ticker(nanoTime::getAsLong)
                // In the caller's thread: what is over the bound goes before the next answer comes.
                .executor(Runnable::run)
                .evictionListener((digest, entry, cause) -> {
                    if (cause == RemovalCause.SIZE) {
                        evicted.incrementAndGet();
                        evictions.increment();
                    }
                })
                .build();
        meters.gauge("gpt_broker_cache_bytes", "Bytes of cached answers", this::bytes);
        meters.gauge("gpt_broker_cache_entries", "Cached answers", entries::estimatedSize);
    }

    private static int weight(String digest, Entry entry) {
        return (int)
                Math.min(Integer.MAX_VALUE, OVERHEAD + entry.stored().kept().size());
    }

    @Override
    public Optional<Stored> near(Key key) {
        Entry entry = entries.getIfPresent(key.digest());
        return entry != null && entry.token().equals(token(key)) ? Optional.of(entry.stored()) : Optional.empty();
    }

    @Override
    public Look look(Key key) {
        return new Look(near(key), token(key));
    }

    @Override
    public void put(Key key, Stored stored, String token) {
        entries.put(key.digest(), new Entry(stored, token));
    }

    @Override
    public void drop(String tag) {
        generations.put(tag, generation.incrementAndGet());
    }

    @Override
    public void clear() {
        all = generation.incrementAndGet();
        entries.invalidateAll();
    }

    @Override
    public Size size() {
        entries.cleanUp();
        return new Size(entries.estimatedSize(), bytes(), evicted.get());
    }

    @Override
    public void close() {
        entries.invalidateAll();
    }

    private long bytes() {
        return entries.policy().eviction().orElseThrow().weightedSize().orElse(0);
    }

    private String token(Key key) {
        var token = new StringBuilder().append(all);
        for (String tag : key.tags()) {
            token.append('/').append(generations.get(tag, unknown -> generation.incrementAndGet()));
        }
        return token.toString();
    }
}
