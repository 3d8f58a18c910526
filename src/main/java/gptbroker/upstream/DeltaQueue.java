package gptbroker.upstream;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Between the thread that reads the provider and the one that writes to the client: bounded, so that a slow client slows
 * the provider and not the heap. The last element always fits and is given again and again.
 *
 * <p>Thread-safe.
 */
final class DeltaQueue {
    private static final int MOST_ENTRIES = 64;
    /** 64 KB of Java text. */
    private static final int MOST_CHARS = 32 * 1024;

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition notEmpty = lock.newCondition();
    private final Condition notFull = lock.newCondition();
    private final Deque<Delta.Text> texts = new ArrayDeque<>();
    private int chars;
    private @Nullable Delta last;

    /** Adds a piece; waits while there is no room. Does nothing after {@link #end}. */
    void put(Delta.Text text) throws InterruptedException {
        lock.lockInterruptibly();
        try {
            while (last == null && !texts.isEmpty() && (texts.size() >= MOST_ENTRIES || chars >= MOST_CHARS)) {
                notFull.await();
            }
            if (last == null) {
                texts.addLast(text);
                chars += text.text().length();
                notEmpty.signal();
            }
        } finally {
            lock.unlock();
        }
    }

    /** Adds the last element; the first one to come stays. */
    void end(Delta terminal) {
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
    void abort(Delta terminal) {
        lock.lock();
        try {
            texts.clear();
            chars = 0;
            last = terminal;
            notEmpty.signalAll();
            notFull.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** The next element, or null when none came within the time given. */
    @Nullable
    Delta poll(long nanos) throws InterruptedException {
        lock.lockInterruptibly();
        try {
            long left = nanos;
            while (texts.isEmpty() && last == null) {
                if (left <= 0) {
                    return null;
                }
                left = notEmpty.awaitNanos(left);
            }
            Delta.Text text = texts.pollFirst();
            if (text == null) {
                return last;
            }
            chars -= text.text().length();
            notFull.signal();
            return text;
        } finally {
            lock.unlock();
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
