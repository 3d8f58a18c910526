package gptbroker.archive;

import gptbroker.archive.Entry.Opened;
import gptbroker.archive.Tables.Dead;
import gptbroker.ops.Meters;
import gptbroker.store.Database;
import gptbroker.store.SqlErrors;
import io.helidon.metrics.api.Counter;
import io.helidon.metrics.api.Timer;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Stores a batch of deliveries: in one transaction when all is well, in halves when a row is refused, down to that row,
 * which is parked. Idempotent. Thread-safe.
 */
final class BatchWriter {
    private static final Logger LOG = LoggerFactory.getLogger(BatchWriter.class);

    private final Database database;
    private final Partitions partitions;
    private final InstantSource clock;
    private final Counter rows;
    private final Counter dead;
    private final Timer duration;

    BatchWriter(Database database, Partitions partitions, Meters meters, InstantSource clock) {
        this.database = database;
        this.partitions = partitions;
        this.clock = clock;
        this.rows = meters.counter("gpt_broker_archive_rows_total", "Rows written to inputs and responses.");
        this.dead = meters.counter(
                "gpt_broker_archive_dead_rows_total", "Outbox entries that could not be stored and were parked.");
        this.duration = meters.timer("gpt_broker_archive_batch_duration_seconds", "Time to store one batch.");
    }

    /**
     * When this returns, every delivery is stored or parked.
     *
     * @throws SQLException when the database cannot store anything now; repeat the whole batch later
     */
    void store(List<Delivery> batch) throws SQLException {
        database.migrate();
        Timer.Sample sample = Timer.start();
        storeOrSplit(batch);
        sample.stop(duration);
    }

    private void storeOrSplit(List<Delivery> batch) throws SQLException {
        try {
            write(batch);
        } catch (SQLException e) {
            boolean refused = SqlErrors.dependOnData(e);
            if (!refused && !(SqlErrors.askForLess(e) && batch.size() > 1)) {
                throw e;
            }
            splitOrPark(batch, e.getSQLState());
        } catch (RuntimeException e) {
            // A defect of ours that some row has found must not stop the others either.
            splitOrPark(batch, e.getClass().getSimpleName());
        }
    }

    private void splitOrPark(List<Delivery> batch, String reason) throws SQLException {
        if (batch.size() == 1) {
            park(batch.getFirst(), reason);
            return;
        }
        int middle = batch.size() / 2;
        storeOrSplit(batch.subList(0, middle));
        storeOrSplit(batch.subList(middle, batch.size()));
    }

    private void write(List<Delivery> batch) throws SQLException {
        Map<UUID, Exchange> exchanges = new TreeMap<>(); // one order for all writers, or they could deadlock
        for (Delivery delivery : batch) {
            delivery.decoded()
                    .ifPresent(entry ->
                            exchanges.computeIfAbsent(entry.id(), Exchange::new).add(entry));
        }
        partitions.ensure(Partitions.daysOf(exchanges.keySet()));
        rows.increment(writeWherePartitionsMayHaveGone(exchanges));
        for (Delivery delivery : batch) {
            if (delivery.isUndecodable()) {
                park(delivery, Delivery.UNDECODABLE);
            }
        }
    }

    private int writeWherePartitionsMayHaveGone(Map<UUID, Exchange> exchanges) throws SQLException {
        try {
            return database.transaction(connection -> write(connection, exchanges));
        } catch (SQLException e) {
            if (!SqlErrors.missPartition(e)) {
                throw e;
            }
            partitions.forget();
            partitions.ensure(Partitions.daysOf(exchanges.keySet()));
            return database.transaction(connection -> write(connection, exchanges));
        }
    }

    private static int write(Connection connection, Map<UUID, Exchange> exchanges) throws SQLException {
        if (exchanges.isEmpty()) {
            return 0;
        }
        List<Exchange> kept = Tombstones.withoutErased(connection, exchanges);
        List<Opened> inputs =
                kept.stream().flatMap(exchange -> exchange.opened().stream()).toList();
        return Tables.INPUTS.write(connection, inputs) + Tables.RESPONSES.write(connection, kept);
    }

    private void park(Delivery delivery, String reason) throws SQLException {
        int parked = database.transaction(
                connection -> Tables.DEAD.write(connection, List.of(new Dead(delivery, reason, clock.instant()))));
        if (parked == 0) {
            return; // delivered again
        }
        dead.increment();
        LOG.error(
                "outbox entry {} of exchange {} cannot be stored ({}); parked in archive_dead",
                delivery.entryId(),
                delivery.decoded().map(entry -> entry.id().toString()).orElse("unknown"),
                reason);
    }
}
