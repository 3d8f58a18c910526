package gptbroker.http;

import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongSupplier;

/**
 * Ends what takes too long: Helidon 4.5 times neither a slow body nor a client that stops reading. One thread looks
 * over all running requests and interrupts those whose deadline has passed.
 *
 * <p>Thread-safe.
 */
final class Watchdog implements AutoCloseable {
    private final Set<Deadline> running = ConcurrentHashMap.newKeySet();
    private final LongSupplier nanos;
    private final long origin;
    private final Duration period;
    private final Thread thread;
    private volatile boolean closed;
    private volatile boolean endsOpen;

    Watchdog(LongSupplier nanos, Duration period) {
        this.nanos = nanos;
        this.origin = nanos.getAsLong();
        this.period = period;
        this.thread = Thread.ofPlatform().daemon().name("http-watchdog").unstarted(this::run);
    }

    void start() {
        thread.start();
    }

    /** Watches the calling thread until the deadline is closed. */
    Deadline watch(Duration total) {
        Deadline deadline = new Deadline(this, Thread.currentThread(), now() + total.toNanos());
        running.add(deadline);
        return deadline;
    }

    /** Nanoseconds since this watchdog was made: never negative, so that plain comparison works. */
    long now() {
        return nanos.getAsLong() - origin;
    }

    void forget(Deadline deadline) {
        running.remove(deadline);
    }

    /** Interrupts every running request, and says how many there are. */
    int interruptAll(Deadline.Cause cause) {
        running.forEach(deadline -> deadline.interrupt(cause));
        return running.size();
    }

    /** Interrupts the requests that have no end of their own, from now on also those to come. */
    void interruptOpenEnded() {
        endsOpen = true;
        running.stream().filter(Deadline::isOpenEnded).forEach(deadline -> deadline.interrupt(Deadline.Cause.DRAIN));
    }

    boolean endsOpen() {
        return endsOpen;
    }

    private void run() {
        while (!closed) {
            long now = now();
            // A head that could not be parsed leaves its deadline behind with its thread.
            running.removeIf(deadline -> !deadline.check(now));
            LockSupport.parkNanos(period.toNanos());
        }
    }

    @Override
    public void close() {
        closed = true;
        LockSupport.unpark(thread);
    }
}
