package gptbroker.live;

import gptbroker.live.Heard.Frame;
import gptbroker.live.Heard.Gap;
import gptbroker.store.StoreUnavailable;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * One reader of a topic. What is published goes into a short queue; a reader that is slower than that loses nothing by
 * it, but reads on in Redis' buffer at its own pace. So nobody waits for a slow reader, nor holds memory for it.
 *
 * <p>{@link #next} is for one thread; the rest is thread-safe.
 */
public final class Subscription implements AutoCloseable {
    private static final int MOST_FRAMES = 100;
    private static final int MOST_BYTES = 256 * 1024;
    private static final long RETRY_NANOS = TimeUnit.MILLISECONDS.toNanos(500);

    private final Feed feed;
    private final String topic;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final ArrayDeque<Heard> queue = new ArrayDeque<>();
    private int bytes;
    /** The newest frame that is in the queue or has been taken from it. */
    private FrameId last;
    /** Whether {@link #last} is the id of a frame, so that its absence from the buffer means a gap. */
    private boolean lastIsFrame;
    /** Whether frames after {@link #last} are to be read from the buffer. */
    private boolean behind;

    private boolean missed;
    private boolean woken;
    private boolean closed;

    Subscription(Feed feed, String topic, FrameId after, boolean afterIsFrame) {
        this.feed = feed;
        this.topic = topic;
        this.last = after;
        this.lastIsFrame = afterIsFrame;
        this.behind = true;
    }

    String topic() {
        return topic;
    }

    /**
     * Waits for what comes next; empty when nothing came in time, or somebody woke the reader, or the subscription was
     * closed.
     *
     * @throws InterruptedException when interrupted
     */
    public Optional<Heard> next(Duration within) throws InterruptedException {
        long end = System.nanoTime() + within.toNanos();
        lock.lockInterruptibly();
        try {
            while (true) {
                Heard first = queue.poll();
                if (first != null) {
                    bytes -= size(first);
                    return Optional.of(first);
                }
                long left = end - System.nanoTime();
                if (closed || woken || left <= 0) {
                    woken = false;
                    return Optional.empty();
                }
                if (!behind) {
                    changed.awaitNanos(left);
                } else if (!readOn()) {
                    changed.awaitNanos(Math.min(left, RETRY_NANOS));
                }
            }
        } finally {
            lock.unlock();
        }
    }

    /** Whether nothing will come any more. */
    public boolean isClosed() {
        lock.lock();
        try {
            return closed;
        } finally {
            lock.unlock();
        }
    }

    /** Lets the reader return early, as it has something else to do. */
    void wake() {
        lock.lock();
        try {
            woken = true;
            changed.signal();
        } finally {
            lock.unlock();
        }
    }

    /** Ends it, and wakes the reader. */
    @Override
    public void close() {
        lock.lock();
        try {
            closed = true;
            queue.clear();
            changed.signalAll();
        } finally {
            lock.unlock();
        }
        feed.forget(this);
    }

    /** A frame was published; called by the listening thread, which never waits for a reader. */
    void offer(Frame frame) {
        lock.lock();
        try {
            if (closed || !frame.id().isAfter(last)) {
                return;
            }
            if (behind) {
                missed = true;
            } else if (queue.size() >= MOST_FRAMES || bytes + frame.body().length > MOST_BYTES) {
                behind = true;
                feed.meters().fellBehind();
            } else {
                add(frame);
            }
            changed.signal();
        } finally {
            lock.unlock();
        }
    }

    /** Frames may have been published that were not heard. */
    void doubt() {
        lock.lock();
        try {
            missed = behind;
            behind = true;
            changed.signal();
        } finally {
            lock.unlock();
        }
    }

    /** One page of the buffer; false when Redis does not answer. The lock is not held while it is asked. */
    private boolean readOn() {
        FrameId from = last;
        missed = false;
        lock.unlock();
        Buffers.Page page;
        try {
            page = feed.read(topic, from);
        } catch (StoreUnavailable away) {
            return false;
        } finally {
            lock.lock();
        }
        if (lastIsFrame && !page.there()) {
            queue.add(new Gap());
            lastIsFrame = false;
        }
        page.frames().forEach(this::add);
        behind = page.more() || missed;
        return true;
    }

    private void add(Frame frame) {
        queue.add(frame);
        bytes += frame.body().length;
        last = frame.id();
        lastIsFrame = true;
    }

    private static int size(Heard heard) {
        return heard instanceof Frame frame ? frame.body().length : 0;
    }
}
