package gptbroker.ops;

import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.LockSupport;

/**
 * Ends waits whose time is over. One thread looks at all of them from time to time: a timer for each would wake the
 * virtual threads' timer thread for every wait, at a tenth of what a request costs.
 *
 * <p>When this thread itself was held up (a pause of the collector, no processor time), so were those who would have ended
 * the waits: they get until the next look. Such a stall is not the silence of the other side.
 *
 * <p>Thread-safe.
 */
public final class Patience implements AutoCloseable {
    private static final Duration EVERY = Duration.ofMillis(10);

    /** A look that comes so much later than it should was held up. */
    private static final long LATE = Duration.ofMillis(40).toNanos();

    private final Set<Wait> waiting = ConcurrentHashMap.newKeySet();
    private final long every;
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

    /** Starts the thread of this name, which looks every ten milliseconds. */
    public Patience(String name) {
        this(name, EVERY);
    }

    /** Starts the thread of this name. */
    public Patience(String name, Duration every) {
        this(every);
        Thread.ofPlatform().daemon().name(name).start(this::run);
    }

    /** Without a thread. */
    Patience() {
        this(EVERY);
    }

    private Patience(Duration every) {
        this.every = every.toNanos();
    }

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
            LockSupport.parkNanos(every);
        }
    }

    /** Once only in a row: however busy the machine is, waits end. */
    void look(long now) {
        spared = !spared && now - lastLook > every + LATE;
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
