package gptbroker.http;

import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicLong;

/**
 * UUIDs of version 7 (RFC 9562 §5.7, §6.2 method 3): milliseconds and twelve more bits that only rise within this
 * process, then 62 random bits. Never a secret: they show their time.
 *
 * <p>Thread-safe.
 */
public final class RequestIds {
    private static final int SUB_BITS = 12;
    /** Tells processes apart that started with the same seed of the fast generator. */
    private static final long PROCESS = new SecureRandom().nextLong();

    private final InstantSource clock;
    private final AtomicLong last = new AtomicLong();

    /** Ids with times of this clock; when it steps back, ids go on from the latest time seen. */
    public RequestIds(InstantSource clock) {
        this.clock = clock;
    }

    /** The next id, greater than every earlier one of this instance. */
    public UUID next() {
        long now = clock.millis() << SUB_BITS;
        long tick = last.updateAndGet(previous -> Math.max(previous + 1, now));
        long high = (tick >>> SUB_BITS) << 16 | 0x7000L | (tick & 0xfff);
        long low = (ThreadLocalRandom.current().nextLong() ^ PROCESS) >>> 2 | 1L << 63;
        return new UUID(high, low);
    }
}
