package gptbroker.probe.load;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;

/**
 * When calls are meant to start. Open: at a constant rate, whatever the target does, so that a stall of the target shows
 * in the latency of every call that should have started during it. Closed: as soon as a worker is free. Thread-safe.
 */
final class Schedule {
    private static final double NANOS = 1e9;

    private final double ratePerSecond;
    private final long lengthNanos;
    private final long count;
    private final AtomicLong next = new AtomicLong();

    /**
     * One call.
     *
     * @param index from 0
     * @param intended nanoseconds after the start of the run
     */
    record Slot(long index, long intended) {}

    private Schedule(double ratePerSecond, Duration length, long count) {
        this.ratePerSecond = ratePerSecond;
        this.lengthNanos = length.toNanos();
        this.count = count;
    }

    /** {@code ratePerSecond} calls a second for {@code length}, the first at once, at most {@code max} of them. */
    static Schedule open(double ratePerSecond, Duration length, long max) {
        long planned = (long) Math.ceil(ratePerSecond * length.toNanos() / NANOS);
        return new Schedule(ratePerSecond, length, Math.min(planned, max));
    }

    /** Calls whenever there is someone to make them, for {@code length}, at most {@code max} of them. */
    static Schedule closed(Duration length, long max) {
        return new Schedule(0, length, max);
    }

    /** The next call, or nothing when all have been given out; {@code now} is counted from the start of the run. */
    Optional<Slot> next(long now) {
        if (!open() && now >= lengthNanos) {
            return Optional.empty();
        }
        long index = next.getAndIncrement();
        return index < count ? Optional.of(new Slot(index, open() ? intended(index) : now)) : Optional.empty();
    }

    private boolean open() {
        return ratePerSecond > 0;
    }

    /** From the index, not by adding up: no rounding error grows over the run. */
    private long intended(long index) {
        return (long) (index * NANOS / ratePerSecond);
    }
}
