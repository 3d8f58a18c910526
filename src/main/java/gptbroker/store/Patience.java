package gptbroker.store;

import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.LockSupport;

/**
 * Ends the waiting for Redis when its time is over. One thread looks over all waiting calls every few milliseconds: a
 * timer for each would wake the virtual threads' timer thread twice a request, at a tenth of what a request costs.
 *
 * <p>Thread-safe.
 */
final class Patience {
    private static final long EVERY = Duration.ofMillis(10).toNanos();

    private final Set<ScriptCall> waiting = ConcurrentHashMap.newKeySet();
    private final Thread thread =
            Thread.ofPlatform().daemon().name("redis-patience").unstarted(this::run);
    private volatile boolean closed;

    void start() {
        thread.start();
    }

    /** From now on this call is given up at its deadline; at once when this is closed. */
    void watch(ScriptCall call) {
        waiting.add(call);
        if (closed) {
            call.abandon(); // the thread may have ended before it could see this one
        }
    }

    void forget(ScriptCall call) {
        waiting.remove(call);
    }

    private void run() {
        while (!closed || !waiting.isEmpty()) {
            long now = System.nanoTime();
            waiting.forEach(call -> {
                if (call.deadline() - now <= 0) {
                    call.abandon();
                }
            });
            LockSupport.parkNanos(EVERY);
        }
    }

    /** Ends the thread as soon as nobody waits any more. */
    void close() {
        closed = true;
    }
}
