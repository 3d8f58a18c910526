package gptbroker.archive;

import gptbroker.store.Database;
import java.math.BigDecimal;
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
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;

/**
 * What callers have been charged, as the archive knows it: from this, admission rebuilds counters that Redis has lost.
 *
 * <p>Every method throws {@link SQLException} when Postgres does not answer within its limits. Thread-safe.
 */
public final class Charges {
    private static final String CLOSED_UNITS = """
            select caller_id, sum(units), sum(charged_tokens), sum(cost_usd) from responses
            where input_id >= ? and caller_id is not null and status_rank >= 2
            group by caller_id having sum(units) > 0 or sum(charged_tokens) > 0""";

    private static final String OPEN = """
            select input_id, caller_id, units, charged_tokens, cost_usd from responses
            where input_id >= ? and caller_id is not null and status_rank < 2
            order by input_id""";

    private static final String CLOSED =
            "select units, charged_tokens, cost_usd from responses where input_id = ? and status_rank >= 2";
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
            var sums = new HashMap<String, Amount>();
            select(connection, CLOSED_UNITS, Uuid7.floor(dayStart), row -> sums.put(row.getString(1), amount(row, 2)));
            return new Charged(sums, open(connection, dayStart));
        });
    }

    private static List<Open> open(Connection connection, Instant dayStart) throws SQLException {
        var open = new ArrayList<Open>();
        select(connection, OPEN, Uuid7.floor(dayStart.minus(LONGEST_CALL)), row -> {
            UUID id = row.getObject(1, UUID.class);
            open.add(new Open(id, row.getString(2), amount(row, 3), Uuid7.time(id)));
        });
        return open;
    }

    /** Whether the end of this exchange is stored that only its own settling can have written, not just a reaper's. */
    public boolean isFinal(UUID id) throws SQLException {
        return first(FINAL, id, row -> true).isPresent();
    }

    /** What is charged for this exchange, if any end of it is stored, a reaper's included. */
    public Optional<Amount> closed(UUID id) throws SQLException {
        return first(CLOSED, id, row -> amount(row, 1));
    }

    private <T> Optional<T> first(String sql, UUID id, RowMapper<T> mapper) throws SQLException {
        return database.transaction(connection -> {
            var found = new ArrayList<T>(1);
            select(connection, sql, id, row -> found.add(mapper.map(row)));
            return found.stream().findFirst();
        });
    }

    /** Of three columns: units, tokens, dollars. */
    private static Amount amount(ResultSet row, int column) throws SQLException {
        long units = row.getLong(column);
        long tokens = row.getLong(column + 1);
        if (row.wasNull()) {
            return new Amount(units, OptionalLong.empty(), 0);
        }
        BigDecimal usd = row.getBigDecimal(column + 2);
        return new Amount(units, OptionalLong.of(tokens), usd == null ? 0 : Spent.nanoUsd(usd));
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
     * @param sums by caller id: what was charged for closed exchanges; callers with nothing charged are absent
     * @param open exchanges that nothing has closed, the oldest first
     */
    public record Charged(Map<String, Amount> sums, List<Open> open) {
        public Charged {
            sums = Map.copyOf(sums);
            open = List.copyOf(open);
        }
    }

    /**
     * What is charged.
     *
     * @param units of the day
     * @param tokens of the day; empty when none are counted
     * @param nanoUsd billionths of a US dollar
     */
    public record Amount(long units, OptionalLong tokens, long nanoUsd) {}

    /**
     * An exchange that is not closed.
     *
     * @param id the request id, which is the reservation's
     * @param held charged until it is settled
     * @param openedAt when it was admitted
     */
    public record Open(UUID id, String callerId, Amount held, Instant openedAt) {}

    /** Waits until the batches that the consumers hold are stored. */
    @FunctionalInterface
    interface Barrier {
        void await() throws SQLException;
    }

    @FunctionalInterface
    private interface RowMapper<T> {
        T map(ResultSet row) throws SQLException;
    }

    @FunctionalInterface
    private interface RowReader {
        void read(ResultSet row) throws SQLException;
    }
}
