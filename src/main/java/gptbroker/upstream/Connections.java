package gptbroker.upstream;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Keeps idle connections to the provider for the next call. Helidon's own cache watches each idle connection with a
 * thread that wakes ten times a second (helidon#11799), does not say whether a connection was new, and hands a
 * connection on with bytes of the last answer still in it. Here one virtual thread looks at all that wait, twice a second
 * and only while there are any, so that the call that takes one, newest first, need not.
 *
 * <p>Thread-safe.
 */
final class Connections implements AutoCloseable {
    private static final int MOST_IDLE = 256;
    private static final long LONGEST_IDLE = Duration.ofSeconds(30).toNanos();
    private static final long SURELY_ALIVE = Duration.ofSeconds(1).toNanos();
    private static final Duration LOOK_EVERY = Duration.ofMillis(500);

    /**
     * A connection that waits.
     *
     * @param since when its last call ended
     * @param seen when it was last known to be alive
     */
    private record Parked(Link link, long since, long seen) {}

    private final Supplier<Connector.Connected> connector;
    private final LongSupplier nanoTime;
    private final Deque<Parked> idle = new ArrayDeque<>();
    private boolean watched;
    private boolean looking;
    private boolean closed;

    Connections(Supplier<Connector.Connected> connector, LongSupplier nanoTime) {
        this.connector = connector;
        this.nanoTime = nanoTime;
    }

    /** A connection for one call, kept or new. Throws what connecting throws. */
    Lease take() {
        Lease kept = takeKept();
        return kept != null ? kept : new Lease(this, new Link(connector.get(), nanoTime), false);
    }

    /** A kept connection, or null where none is left. */
    @Nullable
    Lease takeKept() {
        for (Parked parked = newest(); parked != null; parked = newest()) {
            Link link = parked.link();
            boolean fresh = nanoTime.getAsLong() - parked.seen() < SURELY_ALIVE;
            if (link.isClean() && (fresh || isUsable(parked))) {
                return new Lease(this, link, true);
            }
            link.close();
        }
        return null;
    }

    /** The end of a call that left its connection usable. */
    void takeBack(Link link) {
        if (link.hasLeftovers() || !park(link)) {
            link.close();
        }
    }

    /** Drops all idle connections: one of them had been ended by the provider, so the others are doubtful. */
    void dropIdle() {
        List<Link> all = new ArrayList<>();
        synchronized (idle) {
            idle.forEach(parked -> all.add(parked.link()));
            idle.clear();
        }
        all.forEach(Link::close);
    }

    /** Connections that wait for a call. */
    int idle() {
        synchronized (idle) {
            return idle.size() + (looking ? 1 : 0);
        }
    }

    @Override
    public void close() {
        synchronized (idle) {
            closed = true;
        }
        dropIdle();
    }

    private @Nullable Parked newest() {
        synchronized (idle) {
            while (idle.isEmpty() && looking) {
                try {
                    idle.wait(); // a millisecond; a new connection would take longer
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                    return null;
                }
            }
            return idle.pollFirst();
        }
    }

    private boolean park(Link link) {
        long now = nanoTime.getAsLong();
        synchronized (idle) {
            if (closed || idle.size() >= MOST_IDLE) {
                return false;
            }
            idle.addFirst(new Parked(link, now, now));
            if (!watched) {
                watched = true;
                Thread.ofVirtual().name("upstream-idle").start(this::watch);
            }
            return true;
        }
    }

    private void watch() {
        try {
            do {
                Thread.sleep(LOOK_EVERY);
            } while (look());
        } catch (InterruptedException e) {
            throw new IllegalStateException("nobody interrupts it", e);
        }
    }

    /** Looks at those that wait, newest first, so that they keep their order; false when none is left. */
    private boolean look() {
        for (Parked parked : waiting()) {
            if (!remove(parked)) {
                continue; // taken meanwhile
            }
            boolean usable = isUsable(parked);
            if (!usable || !putBack(new Parked(parked.link(), parked.since(), nanoTime.getAsLong()))) {
                parked.link().close();
            }
            doneLooking();
        }
        synchronized (idle) {
            watched = !idle.isEmpty();
            return watched;
        }
    }

    private boolean isUsable(Parked parked) {
        return nanoTime.getAsLong() - parked.since() < LONGEST_IDLE
                && parked.link().isAlive();
    }

    private List<Parked> waiting() {
        synchronized (idle) {
            return List.copyOf(idle);
        }
    }

    private boolean remove(Parked parked) {
        synchronized (idle) {
            looking = idle.remove(parked);
            return looking;
        }
    }

    private boolean putBack(Parked parked) {
        synchronized (idle) {
            return !closed && idle.add(parked);
        }
    }

    private void doneLooking() {
        synchronized (idle) {
            looking = false;
            idle.notifyAll();
        }
    }
}
