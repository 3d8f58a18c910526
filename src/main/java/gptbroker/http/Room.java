package gptbroker.http;

import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicLong;

/**
 * What a listener serves at the same time: so many requests, with so many bytes of large bodies. Small bodies always find
 * room, so that nobody can keep ordinary calls out by announcing large ones. Thread-safe.
 */
final class Room {
    /** Of so many requests as there may be at once, they are a small part of any heap. */
    static final int SMALL = 16 * 1024;

    private final Semaphore requests;
    private final long mostBytes;
    private final AtomicLong bytes = new AtomicLong();

    Room(int requests, long mostBytes) {
        this.requests = new Semaphore(requests);
        this.mostBytes = mostBytes;
    }

    /** A body is in memory up to three times: as it came, on its way to the provider, and on its way to the archive. */
    static Room inHeap(int requests) {
        return new Room(requests, Runtime.getRuntime().maxMemory() / 4);
    }

    /** Lets in a request until it {@link #leave}s; false when there are too many. */
    boolean enter() {
        return requests.tryAcquire();
    }

    void leave() {
        requests.release();
    }

    /** Makes room for a body until it is {@link #forget}ed; false when there is none. One larger than all of it comes in alone. */
    boolean hold(long body) {
        if (body <= SMALL) {
            return true;
        }
        long held = bytes.get();
        while (held == 0 || held + body <= mostBytes) {
            if (bytes.compareAndSet(held, held + body)) {
                return true;
            }
            held = bytes.get();
        }
        return false;
    }

    /** A body that was let in is let go. */
    void forget(long body) {
        if (body > SMALL) {
            bytes.addAndGet(-body);
        }
    }

    /** For large bodies. */
    long mostBytes() {
        return mostBytes;
    }

    /** Of the large bodies that are held. */
    long bytes() {
        return bytes.get();
    }
}
