package gptbroker.admission;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import java.time.Duration;
import java.util.Optional;
import java.util.function.LongSupplier;

/**
 * A token bucket per client address, in this process: holds back floods before any signature is checked. A bucket holds
 * {@code perMinute} tokens and refills evenly. Bounded: the least used addresses are forgotten first, and then start
 * with a full bucket. Thread-safe.
 */
public final class AddressBuckets {
    private static final long MINUTE_NANOS = Duration.ofMinutes(1).toNanos();
    private static final int MAX_ADDRESSES = 100_000;

    private final Cache<String, Long> fullAt;
    private final LongSupplier nanoClock;
    private final int perMinute;

    /** @param perMinute {@code ADDRESS_RATE_LIMIT}; 0 = off */
    public AddressBuckets(int perMinute) {
        this(perMinute, System::nanoTime);
    }

    AddressBuckets(int perMinute, LongSupplier nanoClock) {
        this.perMinute = perMinute;
        this.nanoClock = nanoClock;
        // After a minute without a call every bucket is full, and a full one need not be remembered.
        this.fullAt = Caffeine.newBuilder()
                .maximumSize(MAX_ADDRESSES)
                .expireAfterWrite(Duration.ofMinutes(2))
                .ticker(nanoClock::getAsLong)
                .build();
    }

    /**
     * Takes a token; empty when there was one, else how long to wait for the next. A refusal takes nothing.
     *
     * @param address the client's, as text
     */
    public Optional<Duration> tryTake(String address) {
        return tryTake(address, perMinute);
    }

    /** The same with a bucket of another size; 0 = off. */
    Optional<Duration> tryTake(String address, int perMinute) {
        if (perMinute == 0) {
            return Optional.empty();
        }
        long step = MINUTE_NANOS / perMinute;
        long now = nanoClock.getAsLong();
        long[] wait = new long[1];
        fullAt.asMap().compute(address, (key, known) -> {
            long full = known == null || known - now < 0 ? now : known;
            wait[0] = Math.max(0, full - now - step * (perMinute - 1));
            return wait[0] > 0 ? full : full + step;
        });
        return wait[0] > 0 ? Optional.of(Duration.ofNanos(wait[0])) : Optional.empty();
    }
}
