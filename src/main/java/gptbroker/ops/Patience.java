package gptbroker.ops;

import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Ends waits whose time is over. One thread looks at all of them from time to time: a timer for each would wake the
 * virtual threads' timer thread for every wait, at a tenth of what a request costs.
 *
 * <p>When this thread itself was held up (a pause of the collector, no processor time), so were those who would have ended
 * the waits: they get until the next look. Such a stall is not the silence of the other side. It sleeps when nobody has
 * waited for a while.
 *
 * <p>Thread-safe.
 */
public final class Patience implements AutoCloseable {
    private static final Duration EVERY = Duration.ofMillis(10);

    /** Looks that find nobody, until the thread sleeps; before that, waking it for each wait would cost more. */
    private static final int QUIET_LOOKS = 100;

    /** A look that comes so much later than it should was held up. */
    private static final long LATE = Duration.ofMillis(40).toNanos();

    private final Set<Wait> waiting = ConcurrentHashMap.newKeySet();
    private final long every;
    private final @Nullable Thread thread;
    private volatile boolean asleep;
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
        this.every = every.toNanos();
        thread = Thread.ofPlatform().daemon().name(name).unstarted(this::run);
        thread.start();
    }

    /** Without a thread. */
    Patience() {
        every = EVERY.toNanos();
        thread = null;
    }

    /** Looks after this wait until it is forgotten; ends it at once when this is closed. */
    public void watch(Wait wait) {
        waiting.add(wait);
        if (asleep) {
            LockSupport.unpark(thread);
        }
        if (closed) {
            wait.endNow(); // the thread may have ended before it could see this one
        }
    }

    /** The wait is over. */
    public void forget(Wait wait) {
        waiting.remove(wait);
    }

    private void run() {
        int quiet = 0;
        while (!closed || !waiting.isEmpty()) {
            look(System.nanoTime());
            quiet = waiting.isEmpty() ? quiet + 1 : 0;
            if (quiet < QUIET_LOOKS) {
                LockSupport.parkNanos(every);
            } else {
                sleep();
                quiet = 0;
            }
        }
    }

    /** An idle process is to be idle. */
    private void sleep() {
        asleep = true;
        while (waiting.isEmpty() && !closed) {
            LockSupport.park(this);
        }
        asleep = false;
        lastLook = System.nanoTime(); // having slept is no stall
    }

    /** For tests. */
    boolean isAsleep() {
        return asleep;
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
        LockSupport.unpark(thread);
    }
}
