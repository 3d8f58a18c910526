package gptbroker.identity;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;

/** A wall clock and a monotonic clock that move together, when told to. */
final class TestClock implements InstantSource, LongSupplier {
    private static final Instant START = Instant.parse("2026-11-20T12:00:00Z");

    private final AtomicLong nanos = new AtomicLong();

    void advance(Duration duration) {
        nanos.addAndGet(duration.toNanos());
    }

    @Override
    public Instant instant() {
        return START.plusNanos(nanos.get());
    }

    @Override
    public long getAsLong() {
        return nanos.get();
    }

    long epochSecond() {
        return instant().getEpochSecond();
    }
}
