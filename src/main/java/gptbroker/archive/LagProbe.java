package gptbroker.archive;

import gptbroker.ops.Meters;
import gptbroker.store.RedisConnections;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.StreamEntryID;

/**
 * Measures how far the archive is behind: entries still in the outbox (stored ones are deleted from it), and the age of
 * the oldest. On its own connection, because the consumer is busy exactly when this matters.
 */
final class LagProbe implements Runnable {
    private static final Logger LOG = LoggerFactory.getLogger(LagProbe.class);
    private static final Duration EVERY = Duration.ofSeconds(2);
    private static final Duration READ_TIMEOUT = Duration.ofSeconds(2);
    private static final Duration FRESH = EVERY.multipliedBy(5);

    /** Length and first id, without the first entry's bytes. */
    private static final String MEASURE = """
            local first = redis.call('XRANGE', KEYS[1], '-', '+', 'COUNT', 1)[1]
            return {redis.call('XLEN', KEYS[1]), first and first[1] or ''}""";

    private final RedisConnections connections;
    private final List<String> streams;
    private final InstantSource clock;
    private final Stop stop;
    private volatile long entries;
    private volatile long oldestMillis;
    private volatile long measured;

    LagProbe(RedisConnections connections, List<String> streams, Meters meters, InstantSource clock, Stop stop) {
        this.connections = connections;
        this.streams = List.copyOf(streams);
        this.clock = clock;
        this.stop = stop;
        meters.gauge("gpt_broker_archive_lag_entries", "Outbox entries not yet in Postgres.", this::entries);
        meters.gauge("gpt_broker_archive_lag_seconds", "Age of the oldest of them.", this::seconds);
    }

    /** Entries that wait, over all partitions, as of the last measurement. */
    long entries() {
        return entries;
    }

    /** Age in seconds of the oldest that waits; 0 when none does. */
    double seconds() {
        long since = oldestMillis;
        return since == 0 ? 0 : Math.max(0, clock.millis() - since) / 1_000.0;
    }

    /** Whether nothing as old as this waits; false also when that is not known now. */
    boolean isPast(Duration age) {
        long at = measured;
        return at != 0 && clock.millis() - at < FRESH.toMillis() && seconds() < age.toSeconds();
    }

    @Override
    public void run() {
        var backoff = new Backoff();
        while (!stop.asked()) {
            try (Jedis redis = connections.open("gpt-broker-lag", READ_TIMEOUT)) {
                do {
                    measure(redis);
                    backoff.reset();
                } while (!stop.await(EVERY));
            } catch (RuntimeException e) {
                LOG.debug("the outbox cannot be measured: {}", e.getClass().getSimpleName()); // the consumer warns
                stop.await(backoff.next());
            }
        }
    }

    /** Measures once. */
    void measure(Jedis redis) {
        long waiting = 0;
        long oldest = 0;
        for (String stream : streams) {
            var reply = (List<?>) redis.eval(MEASURE, List.of(stream), List.of());
            waiting += (Long) reply.get(0);
            String first = (String) reply.get(1);
            if (!first.isEmpty()) {
                long time = new StreamEntryID(first).getTime();
                oldest = oldest == 0 ? time : Math.min(oldest, time);
            }
        }
        entries = waiting;
        oldestMillis = oldest;
        measured = clock.millis();
    }
}
