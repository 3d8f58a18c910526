package gptbroker.upstream;

import gptbroker.ops.Patience;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Stands by while a thread reads from the provider, which has no time limit itself: a timer for each read would wake the
 * virtual threads' timer thread twice a chunk, which costs as much as the reader it saves. When the provider has been
 * silent for a while, a thread of its own fills the silence; at the deadline it ends the answer. Never while the reading
 * thread does anything else.
 *
 * <p>{@link #stand} and {@link #leave} belong to the reading thread.
 */
final class Standby implements Patience.Wait {
    /** The answer that is read. */
    interface Watched {
        /** The nanoseconds until the deadline. */
        long untilDeadline(long lastSign);

        /** The deadline has passed: ends the read. */
        void timeUp();

        /** Ends the read. */
        void stop();
    }

    private static final long NEVER = Long.MAX_VALUE;

    private final Watched answer;
    private final LongSupplier nanoTime;
    private final Patience patience;
    private final long origin;
    private final AtomicLong due = new AtomicLong(NEVER);
    // Guarded by this.
    private @Nullable Thread reader;
    private Steps.@Nullable Silence<?> silence;
    private long waitingSince = Long.MIN_VALUE;
    private long every;
    private long fillAt;
    private @Nullable Throwable failure;

    /** @param patience looks after all of them; its period is the precision */
    Standby(Watched answer, LongSupplier nanoTime, Patience patience) {
        this.answer = answer;
        this.nanoTime = nanoTime;
        this.patience = patience;
        this.origin = nanoTime.getAsLong();
    }

    /** From now on somebody looks. */
    void begin() {
        patience.watch(this);
    }

    /** Nobody looks any more. */
    void end() {
        patience.forget(this);
    }

    /** The calling thread is about to read. */
    synchronized void stand(long since, Duration fillEvery, Steps.Silence<?> fill) {
        reader = Thread.currentThread();
        silence = fill;
        every = fillEvery.toNanos();
        if (waitingSince != since) {
            waitingSince = since; // else it is the same wait, and what came was no step
            fillAt = since - origin + every;
        }
        sleep();
    }

    /**
     * The read is over; waits for a filling that is under way.
     *
     * @throws X what filling has thrown
     */
    <X extends Exception> void leave() throws X {
        Throwable thrown;
        synchronized (this) {
            due.set(NEVER);
            reader = null;
            silence = null;
            thrown = failure;
            failure = null;
        }
        if (thrown != null) {
            Standby.<X>rethrow(thrown);
        }
    }

    @Override
    public void endIfOver() {
        long seen = due.get();
        if (seen != NEVER && now() >= seen && due.compareAndSet(seen, NEVER)) {
            Thread.ofVirtual().name("standby").start(this::wake);
        }
    }

    @Override
    public void endNow() {
        answer.stop();
    }

    private synchronized void wake() {
        if (reader == null) {
            return;
        }
        if (answer.untilDeadline(waitingSince) <= 0) {
            answer.timeUp();
            return;
        }
        if (now() >= fillAt) {
            fill();
            fillAt = now() + every;
        }
        sleep();
    }

    private void fill() {
        try {
            if (silence != null) {
                silence.fill();
            }
        } catch (Throwable e) {
            failure = e;
            answer.stop();
        }
        if (Thread.interrupted() && reader != null) {
            reader.interrupt(); // it was meant
        }
    }

    private void sleep() {
        due.set(Math.min(fillAt, now() + answer.untilDeadline(waitingSince)));
    }

    private long now() {
        return nanoTime.getAsLong() - origin;
    }

    /** What filling throws is an X, or unchecked. */
    @SuppressWarnings("unchecked")
    private static <X extends Exception> void rethrow(Throwable thrown) throws X {
        throw (X) thrown;
    }
}
