package gptbroker.ops;

import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.LockSupport;

/**
 * Ends waits whose time is over. One thread looks at all of them every few milliseconds: a timer for each would wake the
 * virtual threads' timer thread for every wait, at a tenth of what a request costs.
 *
 * <p>When this thread itself was held up (a pause of the collector, no processor time), so were those who would have ended
 * the waits: they get until the next look. Such a stall is not the silence of the other side.
 *
 * <p>Thread-safe.
 */
public final class Patience implements AutoCloseable {
    private static final long EVERY = Duration.ofMillis(10).toNanos();

    /** A look that comes so much later than the last one was held up. */
    private static final long LATE = Duration.ofMillis(50).toNanos();

    private final Set<Wait> waiting = ConcurrentHashMap.newKeySet();
    private volatile boolean closed;
    private long lastLook = System.nanoTime();
    private boolean spared;

    /** Something that waits; compared by identity. */
    public interface Wait {
        /** Ends the wait if it has lasted too long; quick, and never fails. */
        void endIfOver();

        /** Ends the wait in any case. */
        void endNow();
    }

    /** Starts the thread of this name. */
    public Patience(String name) {
        this();
        Thread.ofPlatform().daemon().name(name).start(this::run);
    }

    /** Without a thread. */
    Patience() {}

    /** Looks after this wait until it is forgotten; ends it at once when this is closed. */
    public void watch(Wait wait) {
        waiting.add(wait);
        if (closed) {
            wait.endNow(); // the thread may have ended before it could see this one
        }
    }

    /** The wait is over. */
    public void forget(Wait wait) {
        waiting.remove(wait);
    }

    private void run() {
        while (!closed || !waiting.isEmpty()) {
            look(System.nanoTime());
            LockSupport.parkNanos(EVERY);
        }
    }

    /** Once only in a row: however busy the machine is, waits end. */
    void look(long now) {
        spared = !spared && now - lastLook > LATE;
        lastLook = now;
        if (!spared) {
            waiting.forEach(Wait::endIfOver);
        }
    }

    /** Ends every new wait; the thread ends with the last of those under way. */
    @Override
    public void close() {
        closed = true;
    }
}
