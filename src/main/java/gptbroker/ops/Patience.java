package gptbroker.ops;

import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.LockSupport;

/**
 * Ends waits whose time is over. One thread looks at all of them from time to time: a timer for each would wake the
 * virtual threads' timer thread for every wait, at a tenth of what a request costs.
 *
 * <p>Thread-safe.
 */
public final class Patience implements AutoCloseable {
    private static final Duration EVERY = Duration.ofMillis(10);

    private final Set<Wait> waiting = ConcurrentHashMap.newKeySet();
    private final long every;
    private final Thread thread;
    private volatile boolean closed;

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
        this.every = every.toNanos();
        thread = Thread.ofPlatform().daemon().name(name).start(this::run);
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
            waiting.forEach(Wait::endIfOver);
            LockSupport.parkNanos(every);
        }
    }

    /** Ends every new wait; the thread ends with the last of those under way. */
    @Override
    public void close() {
        closed = true;
    }
}
