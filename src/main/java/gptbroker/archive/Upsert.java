package gptbroker.archive;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * One {@code insert ... on conflict} for any number of rows: every column travels as one array, so that the statement
 * is the same, and prepared once, for every size of batch.
 */
final class Upsert<T> {
    private final List<Column<T>> columns;
    private final String sql;

    /** @param conflict what follows the values; the table is {@code r} there, the new row {@code excluded} */
    Upsert(String table, List<Column<T>> columns, String conflict) {
        this.columns = List.copyOf(columns);
        String names = columns.stream().map(Column::name).collect(Collectors.joining(", "));
        String arrays = columns.stream().map(c -> "?::" + c.type() + "[]").collect(Collectors.joining(", "));
        this.sql = "insert into " + table + " as r (" + names + ") select * from unnest(" + arrays + ") " + conflict;
    }

    /** Writes the rows, of which no two may have the same key; returns how many were new or changed. */
    int write(Connection connection, Collection<T> rows) throws SQLException {
        if (rows.isEmpty()) {
            return 0;
        }
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            for (int i = 0; i < columns.size(); i++) {
                Column<T> column = columns.get(i);
                statement.setArray(i + 1, connection.createArrayOf(column.type(), values(column, rows)));
            }
            return statement.executeUpdate();
        }
    }

    private static <T> Object[] values(Column<T> column, Collection<T> rows) {
        Object[] values = new @Nullable String[rows.size()];
        int next = 0;
        for (T row : rows) {
            values[next++] = column.value().apply(row).orElse(null);
        }
        return values;
    }

    /** {@code column = <this expression>}, with {@code #} for the column's name, for each of the columns. */
    static String set(String expression, String... names) {
        return Arrays.stream(names)
                .map(name -> name + " = " + expression.replace("#", name))
                .collect(Collectors.joining(", "));
    }

    /**
     * A column, its type, and its value in Postgres' text form; empty is null.
     *
     * @param name quoted if need be
     */
    record Column<T>(String name, String type, Function<T, Optional<String>> value) {
        /** A column whose value is never null. */
        static <T> Column<T> of(String name, String type, Function<T, ?> value) {
            return new Column<>(name, type, row -> Optional.of(value.apply(row).toString()));
        }

        /** A column whose value may be null. */
        static <T> Column<T> optional(String name, String type, Function<T, Optional<?>> value) {
            return new Column<>(name, type, row -> value.apply(row).map(Object::toString));
        }
    }
}
