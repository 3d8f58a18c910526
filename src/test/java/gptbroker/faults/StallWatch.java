package gptbroker.faults;

import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/**
 * Notices when the machine stands still: a clock that should tick ten times a second, and does not for longer than
 * half of what admission waits for Redis. Virtual machines do that, and it must not be taken for a fault of the broker.
 */
final class StallWatch implements AutoCloseable {
    private static final long TICK_MILLIS = 100;
    private static final Duration STALL = Site.REDIS_TIMEOUT.dividedBy(2);

    private final ScheduledExecutorService clock = Executors.newSingleThreadScheduledExecutor();
    private final Outages outages;
    private long last = System.nanoTime();

    StallWatch(Outages outages) {
        this.outages = outages;
        clock.scheduleAtFixedRate(this::tick, 0, TICK_MILLIS, TimeUnit.MILLISECONDS);
    }

    private void tick() {
        long now = System.nanoTime();
        if (now - last > STALL.toNanos()) {
            outages.stalled(last);
        }
        last = now;
    }

    @Override
    public void close() {
        clock.shutdownNow();
    }
}
