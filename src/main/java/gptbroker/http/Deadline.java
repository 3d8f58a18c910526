package gptbroker.http;

import gptbroker.problem.ProblemCode;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The deadlines of one request: the whole, and the phase that it is in (reading the body, one blocked write). The
 * watchdog's interrupt and {@link #close} exclude each other, so that an interrupt never reaches the next request of
 * the same connection's thread.
 *
 * <p>An interrupt inside a blocked read or write closes the connection; elsewhere it is an
 * {@link InterruptedException} of whatever the handler waits for.
 */
final class Deadline implements AutoCloseable {
    /** Why a request was interrupted. */
    enum Cause {
        BODY,
        WRITE,
        TOTAL,
        DRAIN,
        DEPARTURE
    }

    private static final long NEVER = Long.MAX_VALUE;

    private final Watchdog watchdog;
    private final Thread thread;
    private volatile long totalEnd;
    private volatile long phaseEnd = NEVER;
    private volatile long lookAt = NEVER;
    private @Nullable Departure departure;
    private Cause phase = Cause.TOTAL;
    private Thread phaseThread;
    private boolean interrupted;
    private boolean closed;
    private boolean spared;
    private boolean openEnded;
    private volatile @Nullable Cause cause;

    Deadline(Watchdog watchdog, Thread thread, long totalEnd) {
        this.watchdog = watchdog;
        this.thread = thread;
        this.phaseThread = thread;
        this.totalEnd = totalEnd;
    }

    /**
     * Starts a phase of the calling thread, which may stand in for the request's; it ends the request unless
     * {@link #leave} is called within the limit.
     */
    synchronized void enter(Cause phase, Duration limit) {
        this.phase = phase;
        phaseThread = Thread.currentThread();
        phaseEnd = watchdog.now() + limit.toNanos();
    }

    /** Ends the phase. */
    synchronized void leave() {
        phaseEnd = NEVER;
    }

    /** Has somebody look whether the client is still there, once, unless {@link #lookedEnough} is called before. */
    synchronized void lookAfter(Duration patience, Departure departure) {
        this.departure = departure;
        lookAt = watchdog.now() + patience.toNanos();
    }

    /**
     * Nobody looks any more.
     *
     * @return whether the client was found to have left; that interrupt is taken back
     */
    synchronized boolean lookedEnough() {
        lookAt = NEVER;
        departure = null;
        if (cause != Cause.DEPARTURE) {
            return false;
        }
        return resume();
    }

    /** Why the broker interrupted this request, if it did. */
    @Nullable
    Cause cause() {
        return cause;
    }

    /** The same in the words of a client. */
    Optional<ProblemCode> interruption() {
        return Optional.ofNullable(cause).map(why -> switch (why) {
            case BODY -> ProblemCode.BODY_TIMEOUT;
            case WRITE, TOTAL -> ProblemCode.UPSTREAM_TIMEOUT;
            case DRAIN, DEPARTURE -> ProblemCode.DRAINING;
        });
    }

    /**
     * Takes back an interrupt, so that an error can still be sent: the thread's flag is cleared and the total no longer
     * counts; phases do.
     */
    synchronized void pardon() {
        interrupted = false;
        totalEnd = NEVER;
        phaseEnd = NEVER;
        Thread.interrupted();
    }

    /** From now on the total does not count, but a stopping broker interrupts this request before the others. */
    void openEnded() {
        synchronized (this) {
            openEnded = true;
            totalEnd = NEVER;
        }
        if (watchdog.endsOpen()) {
            interrupt(Cause.DRAIN);
        }
    }

    synchronized boolean isOpenEnded() {
        return openEnded;
    }

    /**
     * What remains is the end of the answer: takes back an interrupt that has come, and no drain interrupts from now on.
     * The total still counts, if it has not run out, and so do phases.
     */
    synchronized void spare() {
        spared = true;
        if (interrupted) {
            pardon();
        }
    }

    /**
     * Takes back the interrupt of a phase, so that the request can go on without its client; the total and a drain still
     * end it. False when one of those two has ended it already.
     */
    synchronized boolean resume() {
        if (cause == Cause.TOTAL || cause == Cause.DRAIN) {
            return false;
        }
        interrupted = false;
        cause = null;
        phaseEnd = NEVER;
        Thread.interrupted();
        return true;
    }

    /** For the watchdog: interrupts when a limit has passed; false when there is nobody left to watch. */
    boolean check(long now) {
        if (now < phaseEnd && now < totalEnd && now < lookAt) {
            return thread.isAlive();
        }
        if (now >= lookAt) {
            look();
        }
        synchronized (this) {
            if (now >= phaseEnd) {
                interrupt(phase);
            } else if (now >= totalEnd) {
                interrupt(Cause.TOTAL);
            }
        }
        return thread.isAlive();
    }

    private void look() {
        Departure due;
        synchronized (this) {
            due = departure;
            lookAt = NEVER;
        }
        if (due != null) {
            due.begin(); // not under our lock: it takes its own first, and then ours
        }
    }

    /** Interrupts a request that is still being looked after so. */
    synchronized void departed(Departure found) {
        if (departure == found) {
            interrupt(Cause.DEPARTURE);
        }
    }

    /** Interrupts the request once. */
    synchronized void interrupt(Cause why) {
        if (!closed && !interrupted && !(spared && why == Cause.DRAIN)) {
            interrupted = true;
            cause = why;
            (why == Cause.WRITE ? phaseThread : thread).interrupt();
        }
    }

    /** Ends the watch; called by the request's own thread, whose interrupt flag is clear afterwards. */
    @Override
    public void close() {
        synchronized (this) {
            closed = true;
            Thread.interrupted();
        }
        watchdog.forget(this);
    }
}
