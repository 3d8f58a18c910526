package gptbroker.chat;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.function.ToLongFunction;

/** Runs statements; a collection of ids is bound as an array of their type. */
final class Sql {
    private static final int FETCH = 16;

    private Sql() {}

    /** Makes a value of the row that the result set stands at. */
    @FunctionalInterface
    interface Row<T> {
        T read(ResultSet row) throws SQLException;
    }

    static <T> List<T> all(Connection connection, String sql, Row<T> reader, Object... values) throws SQLException {
        try (PreparedStatement statement = prepare(connection, sql, values);
                ResultSet rows = statement.executeQuery()) {
            var list = new ArrayList<T>();
            while (rows.next()) {
                list.add(reader.read(rows));
            }
            return list;
        }
    }

    static <T> Optional<T> one(Connection connection, String sql, Row<T> reader, Object... values) throws SQLException {
        return all(connection, sql, reader, values).stream().findFirst();
    }

    static boolean exists(Connection connection, String sql, Object... values) throws SQLException {
        return one(connection, sql, row -> true, values).isPresent();
    }

    /**
     * The first rows of a query.
     *
     * @param more whether there are others
     */
    record Cut<T>(List<T> rows, boolean more) {}

    /** As many rows as have room, and at least one; texts may be large, so they are not fetched all at once. */
    static <T> Cut<T> fitting(Connection connection, Room<T> room, String sql, Row<T> reader, Object... values)
            throws SQLException {
        try (PreparedStatement statement = prepare(connection, sql, values)) {
            statement.setFetchSize(FETCH);
            try (ResultSet rows = statement.executeQuery()) {
                var list = new ArrayList<T>();
                long size = 0;
                while (rows.next()) {
                    if (list.size() == room.rows() || size >= room.size()) {
                        return new Cut<>(list, true);
                    }
                    T value = reader.read(rows);
                    size += room.weigher().applyAsLong(value);
                    list.add(value);
                }
                return new Cut<>(list, false);
            }
        }
    }

    /**
     * How much is wanted.
     *
     * @param rows at most
     * @param size after so much, as the weigher has it, no more
     */
    record Room<T>(int rows, long size, ToLongFunction<T> weigher) {}

    /** How many rows it changed. */
    static int update(Connection connection, String sql, Object... values) throws SQLException {
        try (PreparedStatement statement = prepare(connection, sql, values)) {
            return statement.executeUpdate();
        }
    }

    static Instant instant(ResultSet row, String column) throws SQLException {
        return row.getObject(column, OffsetDateTime.class).toInstant();
    }

    static Optional<Instant> instantIfAny(ResultSet row, String column) throws SQLException {
        return Optional.ofNullable(row.getObject(column, OffsetDateTime.class)).map(OffsetDateTime::toInstant);
    }

    private static PreparedStatement prepare(Connection connection, String sql, Object... values) throws SQLException {
        PreparedStatement statement = connection.prepareStatement(sql);
        try {
            for (int i = 0; i < values.length; i++) {
                if (values[i] instanceof Collection<?> ids) {
                    statement.setArray(i + 1, connection.createArrayOf("uuid", ids.toArray()));
                } else {
                    statement.setObject(i + 1, values[i]);
                }
            }
            return statement;
        } catch (SQLException e) {
            statement.close();
            throw e;
        }
    }
}
