package gptbroker.archive;

import gptbroker.config.BrokerConfig;
import gptbroker.ops.Meters;
import gptbroker.store.Database;
import gptbroker.store.RedisConnections;
import gptbroker.store.RedisKeys;
import java.sql.SQLException;
import java.sql.SQLTimeoutException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Everything between the outbox in Redis and the rows in Postgres: a consumer per partition, the lag's measurement and
 * the housekeeping, each on a thread of its own. Neither store needs to be there when it starts.
 */
public final class Archive implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Archive.class);
    private static final Duration STORE_TIMEOUT = Duration.ofSeconds(5);
    private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(10);

    private final Stop stop = new Stop();
    private final List<Thread> threads = new ArrayList<>();
    private final List<Consumer> consumers = new ArrayList<>();
    private final Charges charges;
    private final LagProbe lag;

    /**
     * Registers the meters; nothing runs yet.
     *
     * @param database stays open, and is its owner's to close after this
     * @param instanceName names this process among the archive's consumers: stable over restarts, unique among replicas
     */
    public Archive(
            BrokerConfig.Archive config,
            BrokerConfig.Redis redis,
            RedisConnections connections,
            Database database,
            Meters meters,
            String instanceName,
            InstantSource clock) {
        var keys = new RedisKeys(redis.prefix(), redis.partitions());
        List<String> streams =
                IntStream.range(0, redis.partitions()).mapToObj(keys::outbox).toList();
        var codec = new EntryCodec();
        var partitions = new Partitions(database);
        var writer = new BatchWriter(database, partitions, meters, clock);
        for (String stream : streams) {
            var consumer = new Consumer(connections, stream, instanceName, codec, writer, config.batch(), stop);
            consumers.add(consumer);
            add("archive", consumer);
        }
        lag = new LagProbe(connections, streams, meters, clock, stop);
        add("archive-lag", lag);
        add("archive-housekeeper", new Housekeeper(database, partitions, config.retentionDays(), clock, stop));
        charges = new Charges(database, this::awaitStored);
    }

    /** What callers have been charged. */
    public Charges charges() {
        return charges;
    }

    /**
     * What waits for Postgres.
     *
     * @param entries in the outbox, over all partitions
     * @param seconds age of the oldest; 0 when none waits
     */
    public record Backlog(long entries, double seconds) {}

    /** As of the last measurement, some seconds ago at most while Redis answers. */
    public Backlog backlog() {
        return new Backlog(lag.entries(), lag.seconds());
    }

    /** Whether all entries as old as this have left the outbox; false also while Redis does not tell. */
    public boolean hasAllOlderThan(Duration age) {
        return lag.isPast(age);
    }

    private void awaitStored() throws SQLException {
        try {
            for (Consumer consumer : consumers) {
                if (!consumer.awaitStored(STORE_TIMEOUT)) {
                    throw new SQLTimeoutException("entries that were read from the outbox are not stored yet");
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new SQLTimeoutException("interrupted while entries were stored", e);
        }
    }

    private void add(String name, Runnable work) {
        threads.add(Thread.ofVirtual().name(name + "-" + threads.size()).unstarted(work));
    }

    /** Starts to drain. */
    public void start() {
        threads.forEach(Thread::start);
    }

    /**
     * Finishes the batches under way, for 10 s at most. What is not stored then stays pending in Redis for the next
     * start.
     */
    @Override
    public void close() {
        stop.ask();
        consumers.forEach(Consumer::wake);
        long deadline = System.nanoTime() + CLOSE_TIMEOUT.toNanos();
        for (Thread thread : threads) {
            try {
                if (thread.getState() != Thread.State.NEW
                        && !thread.join(Duration.ofNanos(Math.max(1, deadline - System.nanoTime())))) {
                    LOG.warn("{} does not end, is interrupted", thread.getName());
                    thread.interrupt();
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            }
        }
    }
}
