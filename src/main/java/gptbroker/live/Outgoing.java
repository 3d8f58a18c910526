package gptbroker.live;

import gptbroker.store.StoreUnavailable;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What is on its way to one topic, in order. Adding never waits: one batch is under way at a time, and what comes
 * meanwhile is the next. While Redis is away frames wait for some seconds and some megabytes, then they are lost.
 *
 * <p>Thread-safe.
 */
final class Outgoing {
    /** One batch on its way; may be sent again when the answer was lost. False: the topic takes no more. */
    interface Batch {
        boolean send();
    }

    /** Makes the batches. */
    interface Sender {
        Batch batch(List<byte[]> frames);
    }

    private static final Logger LOG = LoggerFactory.getLogger(Outgoing.class);
    private static final int BATCH_FRAMES = 256;
    private static final int BATCH_BYTES = 128 * 1024;
    private static final int MOST_BYTES = 4 << 20;
    private static final long PATIENCE_NANOS = Duration.ofSeconds(5).toNanos();
    private static final Duration PAUSE = Duration.ofMillis(50);

    private final Executor pumps;
    private final Sender sender;
    private final LiveMeters meters;
    private final Runnable idle;
    private final boolean whole;
    private final ArrayDeque<byte[]> waiting = new ArrayDeque<>();
    private int bytes;
    private boolean running;
    private boolean dead;

    /**
     * Sends nothing yet.
     *
     * @param idle run when all has been sent, without a lock held
     * @param whole whether what follows a lost frame is of no use
     */
    Outgoing(Executor pumps, Sender sender, LiveMeters meters, Runnable idle, boolean whole) {
        this.pumps = pumps;
        this.sender = sender;
        this.meters = meters;
        this.idle = idle;
        this.whole = whole;
    }

    /** Sends a frame after those before it; false when it is lost already. */
    synchronized boolean add(byte[] frame) {
        if (dead || bytes + frame.length > MOST_BYTES) {
            dead |= whole;
            meters.lost(1);
            return false;
        }
        waiting.add(frame);
        bytes += frame.length;
        if (!running) {
            try {
                pumps.execute(this::pump);
                running = true;
            } catch (RejectedExecutionException closing) {
                meters.lost(waiting.size());
                waiting.clear();
                return false;
            }
        }
        return true;
    }

    /** Whether nothing waits, nor is under way. */
    synchronized boolean isIdle() {
        return !running;
    }

    /** Waits until nothing is, for so long at most; an interrupt ends the wait and stays noticed. */
    synchronized void awaitIdle(Duration limit) {
        long end = System.nanoTime() + limit.toNanos();
        try {
            for (long left = limit.toNanos(); running && left > 0; left = end - System.nanoTime()) {
                TimeUnit.NANOSECONDS.timedWait(this, left);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void pump() {
        for (List<byte[]> frames = take(); !frames.isEmpty(); frames = take()) {
            if (send(frames)) {
                meters.published(frames.size());
            } else {
                meters.lost(frames.size());
            }
        }
        idle.run();
    }

    private synchronized List<byte[]> take() {
        List<byte[]> frames = new ArrayList<>();
        int taken = 0;
        while (!waiting.isEmpty() && frames.size() < BATCH_FRAMES && taken < BATCH_BYTES) {
            byte[] frame = waiting.poll();
            frames.add(frame);
            taken += frame.length;
        }
        bytes -= taken;
        running = !frames.isEmpty();
        if (!running) {
            notifyAll();
        }
        return frames;
    }

    private boolean send(List<byte[]> frames) {
        Batch batch = sender.batch(frames);
        long end = System.nanoTime() + PATIENCE_NANOS;
        while (true) {
            try {
                boolean taken = batch.send();
                if (!taken) {
                    giveUp();
                }
                return taken;
            } catch (StoreUnavailable away) {
                if (System.nanoTime() - end > 0) {
                    LOG.warn("{} frames are lost: {}", frames.size(), away.getMessage());
                    return false;
                }
                pause();
            } catch (RuntimeException e) {
                LOG.error("frames are lost", e);
                return false;
            }
        }
    }

    private synchronized void giveUp() {
        dead = true;
        meters.lost(waiting.size());
        waiting.clear();
        bytes = 0;
    }

    private static void pause() {
        try {
            Thread.sleep(PAUSE);
        } catch (InterruptedException closing) {
            Thread.currentThread().interrupt();
        }
    }
}
