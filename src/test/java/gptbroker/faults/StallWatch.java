package gptbroker.faults;

import gptbroker.testing.TestRedis;
import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.exceptions.JedisException;

/**
 * Notices when the machine stands still: a clock that should tick ten times a second, or a Redis that nobody has broken
 * and that should answer (it waits for the disk), does not for longer than half of what admission waits for Redis. Busy
 * and virtual machines do that, and it must not be taken for a fault of the broker.
 */
final class StallWatch implements AutoCloseable {
    private static final long TICK_MILLIS = 100;
    private static final Duration STALL = Site.REDIS_TIMEOUT.dividedBy(2);

    private final ScheduledExecutorService clock = Executors.newScheduledThreadPool(2);
    private final TestRedis redis;
    private final Outages outages;
    private long last = System.nanoTime();

    StallWatch(Outages outages, TestRedis redis) {
        this.outages = outages;
        this.redis = redis;
        clock.scheduleAtFixedRate(this::tick, 0, TICK_MILLIS, TimeUnit.MILLISECONDS);
        clock.scheduleWithFixedDelay(this::ask, 0, TICK_MILLIS, TimeUnit.MILLISECONDS);
    }

    private void ask() {
        long asked = System.nanoTime();
        try (Jedis jedis = redis.open()) {
            jedis.ping();
        } catch (JedisException broken) {
            return;
        }
        if (System.nanoTime() - asked > STALL.toNanos()) {
            outages.stalled(asked);
        }
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
