package gptbroker.archive;

import gptbroker.store.Database;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/**
 * What callers have been charged, as the archive knows it: from this, admission rebuilds counters that Redis has lost.
 *
 * <p>Every method throws {@link SQLException} when Postgres does not answer within its limits. Thread-safe.
 */
public final class Charges {
    private static final String CLOSED_UNITS = """
            select caller_id, sum(units) from responses
            where input_id >= ? and caller_id is not null and status_rank >= 2
            group by caller_id having sum(units) > 0""";

    private static final String OPEN = """
            select input_id, caller_id, units from responses
            where input_id >= ? and caller_id is not null and status_rank < 2
            order by input_id""";

    private static final String CLOSED = "select from responses where input_id = ? and status_rank >= 2";
    private static final String FINAL = "select from responses where input_id = ? and status_rank >= 3";

    /** The longest {@code REQUEST_TIMEOUT}: a call from before midnight may still run. */
    private static final Duration LONGEST_CALL = Duration.ofDays(1);

    private final Database database;
    private final Barrier barrier;

    Charges(Database database, Barrier barrier) {
        this.database = database;
        this.barrier = barrier;
    }

    /**
     * The figures for exchanges admitted at this time or later, and the older ones that may still run, in one snapshot. What this process has read from the
     * outbox is in it, which matters when Redis has just lost everything; what still waits there is not.
     *
     * @throws SQLException also when a batch under way cannot be stored within some seconds
     */
    public Charged since(Instant dayStart) throws SQLException {
        database.migrate();
        barrier.await();
        return database.transaction(connection -> {
            connection.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
            var units = new HashMap<String, Long>();
            select(connection, CLOSED_UNITS, Uuid7.floor(dayStart), row -> units.put(row.getString(1), row.getLong(2)));
            return new Charged(units, open(connection, dayStart));
        });
    }

    private static List<Open> open(Connection connection, Instant dayStart) throws SQLException {
        var open = new ArrayList<Open>();
        select(connection, OPEN, Uuid7.floor(dayStart.minus(LONGEST_CALL)), row -> {
            UUID id = row.getObject(1, UUID.class);
            open.add(new Open(id, row.getString(2), row.getInt(3), Uuid7.time(id)));
        });
        return open;
    }

    /** Whether the end of this exchange is stored that only its own settling can have written, not just a reaper's. */
    public boolean isFinal(UUID id) throws SQLException {
        return exists(FINAL, id);
    }

    /** Whether any end of this exchange is stored, a reaper's included: its units count. */
    public boolean isClosed(UUID id) throws SQLException {
        return exists(CLOSED, id);
    }

    private boolean exists(String sql, UUID id) throws SQLException {
        return database.transaction(connection -> {
            var found = new ArrayList<Boolean>(1);
            select(connection, sql, id, row -> found.add(true));
            return !found.isEmpty();
        });
    }

    private static void select(Connection connection, String sql, UUID parameter, RowReader reader)
            throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            statement.setObject(1, parameter);
            try (ResultSet rows = statement.executeQuery()) {
                while (rows.next()) {
                    reader.read(rows);
                }
            }
        }
    }

    /**
     * One snapshot.
     *
     * @param units by caller id: the sum charged by closed exchanges; callers with nothing charged are absent
     * @param open exchanges that nothing has closed, the oldest first
     */
    public record Charged(Map<String, Long> units, List<Open> open) {
        public Charged {
            units = Map.copyOf(units);
            open = List.copyOf(open);
        }
    }

    /**
     * An exchange that is not closed.
     *
     * @param id the request id, which is the reservation's
     * @param units charged until it is settled
     * @param openedAt when it was admitted
     */
    public record Open(UUID id, String callerId, int units, Instant openedAt) {}

    /** Waits until the batches that the consumers hold are stored. */
    @FunctionalInterface
    interface Barrier {
        void await() throws SQLException;
    }

    @FunctionalInterface
    private interface RowReader {
        void read(ResultSet row) throws SQLException;
    }
}
