package gptbroker.event;

import gptbroker.problem.Problem;
import gptbroker.problem.ProblemCode;
import gptbroker.store.Database;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/** The table of the events. Thread-safe. */
public final class EventStore {
    private static final int STEP = 5_000;
    private static final String INSERT =
            "insert into broker_events (" + Event.COLUMNS + ") values (?, ?, ?, ?, ?, ?, ?, ?) on conflict do nothing";
    private static final String PAGE = "select " + Event.COLUMNS
            + " from broker_events where (?::text is null or caller_id = ?) and id < ? order by id desc limit ?";
    private static final UUID END = new UUID(-1, -1);

    private final Database database;

    /** The events of this database. */
    public EventStore(Database database) {
        this.database = database;
    }

    void write(List<Event> events) throws SQLException {
        database.migrate();
        database.transaction(connection -> insert(connection, events));
    }

    private static int[] insert(Connection connection, List<Event> events) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(INSERT)) {
            for (Event event : events) {
                statement.setObject(1, event.id());
                statement.setString(2, event.callerId());
                statement.setString(3, event.clientIp());
                statement.setString(4, event.method());
                statement.setString(5, event.endpoint());
                statement.setInt(6, event.status());
                statement.setString(7, event.code().orElse(null));
                statement.setLong(8, event.micros());
                statement.addBatch();
            }
            return statement.executeBatch();
        }
    }

    /** Forgets what is older, in short steps; returns whether there is more. */
    boolean forgetBefore(Instant time) throws SQLException {
        String sql =
                "delete from broker_events where id in (select id from broker_events where id < ? order by id limit "
                        + STEP + ")";
        return database.transaction(connection -> {
            try (PreparedStatement statement = connection.prepareStatement(sql)) {
                statement.setObject(1, Event.floor(time));
                return statement.executeUpdate() == STEP;
            }
        });
    }

    /**
     * The newest events.
     *
     * @param caller only of this one
     * @param before only those that began before this one
     * @throws Problem 503 {@code archive_unavailable}
     */
    List<Event> page(Optional<String> caller, Optional<UUID> before, int limit) {
        return database.answer(ProblemCode.ARCHIVE_UNAVAILABLE, connection -> {
            try (PreparedStatement statement = connection.prepareStatement(PAGE)) {
                statement.setString(1, caller.orElse(null));
                statement.setString(2, caller.orElse(null));
                statement.setObject(3, before.orElse(END));
                statement.setInt(4, limit);
                var events = new ArrayList<Event>();
                try (ResultSet rows = statement.executeQuery()) {
                    while (rows.next()) {
                        events.add(Event.read(rows));
                    }
                }
                return events;
            }
        });
    }

    /** Forgets some of a caller's, in the transaction of the caller; returns whether there is more. */
    public boolean forget(Connection connection, String callerId) throws SQLException {
        String sql = "delete from broker_events where id in (select id from broker_events where caller_id = ? limit "
                + STEP + ")";
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            statement.setString(1, callerId);
            return statement.executeUpdate() == STEP;
        }
    }
}
