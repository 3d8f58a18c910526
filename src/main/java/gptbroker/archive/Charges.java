package gptbroker.archive;

import gptbroker.store.Database;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/**
 * What callers have been charged, as the archive knows it: from this, admission rebuilds counters that Redis has lost.
 * Entries still in the outbox are not in it.
 *
 * <p>Every method throws {@link SQLException} when Postgres does not answer within its limits. Thread-safe.
 */
public final class Charges {
    private final Database database;

    public Charges(Database database) {
        this.database = database;
    }

    /**
     * Units charged per caller id for requests admitted at this time or later; open ones count one. Callers with
     * nothing charged are absent.
     */
    public Map<String, Long> since(Instant dayStart) throws SQLException {
        return select("""
                select caller_id, sum(units) from responses
                where input_id >= ? and caller_id is not null group by caller_id having sum(units) > 0""", dayStart, row -> Map.entry(row.getString(1), row.getLong(2))).stream()
                .collect(HashMap::new, (all, one) -> all.put(one.getKey(), one.getValue()), HashMap::putAll);
    }

    /** Exchanges admitted at this time or later that nothing has closed, the oldest first. */
    public List<Open> open(Instant since) throws SQLException {
        return select("""
                select input_id, caller_id, units from responses
                where input_id >= ? and status_rank < 2 and caller_id is not null order by input_id""", since, row -> new Open(row.getObject(1, UUID.class), row.getString(2), row.getInt(3)));
    }

    /** Whether a closing record of this exchange is stored that only its own settling can have written. */
    public boolean isFinal(UUID id) throws SQLException {
        return database.transaction(connection -> {
            try (PreparedStatement statement =
                    connection.prepareStatement("select from responses where input_id = ? and status_rank >= 3")) {
                statement.setObject(1, id);
                try (ResultSet rows = statement.executeQuery()) {
                    return rows.next();
                }
            }
        });
    }

    private <T> List<T> select(String sql, Instant since, RowReader<T> reader) throws SQLException {
        return database.transaction(connection -> {
            var found = new ArrayList<T>();
            try (PreparedStatement statement = connection.prepareStatement(sql)) {
                statement.setObject(1, Uuid7.floor(since));
                try (ResultSet rows = statement.executeQuery()) {
                    while (rows.next()) {
                        found.add(reader.read(rows));
                    }
                }
            }
            return found;
        });
    }

    /**
     * An exchange that is not closed.
     *
     * @param id the request id, which is the reservation's
     * @param units charged until it is settled
     */
    public record Open(UUID id, String callerId, int units) {}

    @FunctionalInterface
    private interface RowReader<T> {
        T read(ResultSet row) throws SQLException;
    }
}
