package gptbroker.upstream;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import java.util.function.ToIntFunction;
import org.jspecify.annotations.Nullable;

/**
 * Between the thread that reads the provider and the one that writes to the client: bounded, so that a slow client slows
 * the provider and not the heap. The last element always fits and is given again and again.
 *
 * <p>Thread-safe.
 */
final class StepQueue<T> {
    private static final int MOST_ENTRIES = 64;

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition notEmpty = lock.newCondition();
    private final Condition notFull = lock.newCondition();
    private final Deque<T> pieces = new ArrayDeque<>();
    private final int most;
    private final ToIntFunction<T> size;
    private final LongSupplier nanoTime;
    private int waiting;
    private @Nullable T last;
    private volatile long patientUntil;
    private volatile boolean someoneWaits;

    /**
     * @param most how much may wait
     * @param size of a piece, in the same unit
     */
    StepQueue(int most, ToIntFunction<T> size, LongSupplier nanoTime) {
        this.most = most;
        this.size = size;
        this.nanoTime = nanoTime;
    }

    /** Adds a piece; waits while there is no room. Does nothing after {@link #end}. */
    void put(T piece) throws InterruptedException {
        lock.lockInterruptibly();
        try {
            while (last == null && !pieces.isEmpty() && (pieces.size() >= MOST_ENTRIES || waiting >= most)) {
                notFull.await();
            }
            if (last == null) {
                pieces.addLast(piece);
                waiting += size.applyAsInt(piece);
                notEmpty.signal();
            }
        } finally {
            lock.unlock();
        }
    }

    /** Adds the last element; the first one to come stays. */
    void end(T terminal) {
        lock.lock();
        try {
            if (last == null) {
                last = terminal;
            }
            notEmpty.signalAll();
            notFull.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** Ends the queue and forgets what waits in it. */
    void abort(T terminal) {
        lock.lock();
        try {
            pieces.clear();
            waiting = 0;
            last = terminal;
            notEmpty.signalAll();
            notFull.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /**
     * The next element, or null when none came in time. Whoever waits is woken by {@link #wakeIfOver} alone: a timer for
     * each chunk would cost more than the chunk.
     */
    @Nullable
    T poll(long nanos) throws InterruptedException {
        lock.lockInterruptibly();
        try {
            if (pieces.isEmpty() && last == null && !await(nanos)) {
                return null;
            }
            T piece = pieces.pollFirst();
            if (piece == null) {
                return last;
            }
            waiting -= size.applyAsInt(piece);
            notFull.signal();
            return piece;
        } finally {
            lock.unlock();
        }
    }

    private boolean await(long nanos) throws InterruptedException {
        patientUntil = nanoTime.getAsLong() + nanos;
        someoneWaits = true;
        try {
            while (pieces.isEmpty() && last == null) {
                if (nanoTime.getAsLong() - patientUntil >= 0) {
                    return false;
                }
                notEmpty.await();
            }
            return true;
        } finally {
            someoneWaits = false;
        }
    }

    /** Wakes a {@link #poll} whose time is over; to be called every few milliseconds. */
    void wakeIfOver() {
        if (someoneWaits && nanoTime.getAsLong() - patientUntil >= 0) {
            lock.lock();
            try {
                notEmpty.signalAll();
            } finally {
                lock.unlock();
            }
        }
    }

    /** Whether the end has been reached by the reader of the provider, though perhaps not by the one of this queue. */
    boolean isEnded() {
        lock.lock();
        try {
            return last != null;
        } finally {
            lock.unlock();
        }
    }
}
