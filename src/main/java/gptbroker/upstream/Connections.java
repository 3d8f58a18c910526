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
 * connection on with bytes of the last answer still in it; this one looks only when a connection is taken, newest
 * first.
 *
 * <p>Thread-safe.
 */
final class Connections implements AutoCloseable {
    private static final int MOST_IDLE = 256;
    private static final long LONGEST_IDLE = Duration.ofSeconds(30).toNanos();
    private static final long SURELY_ALIVE = Duration.ofSeconds(1).toNanos();

    private record Parked(Link link, long since) {}

    private final Supplier<Connector.Connected> connector;
    private final LongSupplier nanoTime;
    private final Deque<Parked> idle = new ArrayDeque<>();
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
            long rested = nanoTime.getAsLong() - parked.since();
            Link link = parked.link();
            if (rested < LONGEST_IDLE && link.isClean() && (rested < SURELY_ALIVE || link.isAlive())) {
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
        expired().forEach(Link::close);
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
            return idle.size();
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
            return idle.pollFirst();
        }
    }

    private boolean park(Link link) {
        synchronized (idle) {
            if (closed || idle.size() >= MOST_IDLE) {
                return false;
            }
            idle.addFirst(new Parked(link, nanoTime.getAsLong()));
            return true;
        }
    }

    private List<Link> expired() {
        synchronized (idle) {
            Parked oldest = idle.peekLast();
            if (oldest == null || nanoTime.getAsLong() - oldest.since() < LONGEST_IDLE) {
                return List.of();
            }
            List<Link> links = new ArrayList<>();
            while (oldest != null && nanoTime.getAsLong() - oldest.since() >= LONGEST_IDLE) {
                idle.pollLast();
                links.add(oldest.link());
                oldest = idle.peekLast();
            }
            return links;
        }
    }
}
