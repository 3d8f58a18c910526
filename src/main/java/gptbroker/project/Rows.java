package gptbroker.project;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import gptbroker.identity.OwnLimits;
import gptbroker.problem.Problem;
import gptbroker.problem.ProblemCode;
import gptbroker.store.Database;
import gptbroker.store.SqlErrors;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/** How rows of {@code broker_projects} and {@code broker_api_keys} are read, and how statements are run. */
final class Rows {
    static final String PROJECT =
            "p.id, p.slug, p.name, p.model, p.system_prompt, p.temperature, p.max_tokens, p.limits, p.version, p.created_at";
    static final String KEY = "k.id, k.project_id, k.user_id, k.name, k.prefix, k.limits, k.created_at,"
            + " k.last_used_at, k.revoked_at";

    /** What {@link #entry} reads; the project's columns follow. */
    static final String ENTRY = "select k.sha256, k.version + coalesce(p.version, 0), k.id, k.user_id, k.limits,"
            + " k.revoked_at is not null, " + PROJECT
            + " from broker_api_keys k left join broker_projects p on p.id = k.project_id where ";

    private static final String UNIQUE_VIOLATION = "23505";
    private static final Duration RETRY_AFTER = Duration.ofSeconds(5);
    private static final JsonMapper JSON = new JsonMapper();

    private Rows() {}

    /** An entry of the look-up cache, and the key's hash. */
    record Looked(String sha256, KeyEntry entry) {}

    /** Reads one row. */
    @FunctionalInterface
    interface Reader<T> {
        T read(ResultSet row) throws SQLException;
    }

    /**
     * One short transaction for the operator.
     *
     * @throws Problem 503 {@code archive_unavailable} when Postgres does not answer within its limits; 409
     *     {@code already_exists} when a unique name is taken
     */
    static <T> T in(Database database, Database.Work<T> work) {
        try {
            database.requireSchema();
            return database.transaction(work);
        } catch (SQLException e) {
            if (UNIQUE_VIOLATION.equals(e.getSQLState())) {
                throw Problem.of(ProblemCode.ALREADY_EXISTS);
            }
            throw Problem.of(ProblemCode.ARCHIVE_UNAVAILABLE, SqlErrors.describe(e), e)
                    .retryAfter(RETRY_AFTER);
        }
    }

    static <T> List<T> query(Connection connection, String sql, Reader<T> reader, Object... values)
            throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            bind(statement, values);
            try (ResultSet rows = statement.executeQuery()) {
                var read = new ArrayList<T>();
                while (rows.next()) {
                    read.add(reader.read(rows));
                }
                return read;
            }
        }
    }

    static int update(Connection connection, String sql, Object... values) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            bind(statement, values);
            return statement.executeUpdate();
        }
    }

    private static void bind(PreparedStatement statement, Object... values) throws SQLException {
        for (int i = 0; i < values.length; i++) {
            Object value = values[i] instanceof Optional<?> optional ? optional.orElse(null) : values[i];
            statement.setObject(i + 1, value instanceof Instant time ? time.atOffset(ZoneOffset.UTC) : value);
        }
    }

    static Project project(ResultSet row) throws SQLException {
        return project(row, 1);
    }

    /** A project whose columns begin here. */
    private static Project project(ResultSet row, int at) throws SQLException {
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        json.put("name", row.getString(at + 2));
        json.put("model", row.getString(at + 3));
        json.put("system_prompt", row.getString(at + 4));
        json.put("temperature", row.getObject(at + 5, Double.class));
        json.put("max_tokens", row.getObject(at + 6, Integer.class));
        json.set(LimitsJson.FIELD, tree(row.getString(at + 7)));
        return new Project(
                row.getObject(at, UUID.class),
                row.getString(at + 1),
                ProjectSettings.read(json),
                row.getLong(at + 8),
                time(row, at + 9).orElseThrow());
    }

    static ApiKey key(ResultSet row) throws SQLException {
        return new ApiKey(
                row.getObject(1, UUID.class),
                Optional.ofNullable(row.getObject(2, UUID.class)),
                Optional.ofNullable(row.getObject(3, UUID.class)),
                row.getString(4),
                row.getString(5),
                limits(row.getString(6)),
                time(row, 7).orElseThrow(),
                time(row, 8),
                time(row, 9));
    }

    static Looked entry(ResultSet row) throws SQLException {
        Optional<UUID> user = Optional.ofNullable(row.getObject(4, UUID.class));
        return new Looked(
                HexFormat.of().formatHex(row.getBytes(1)),
                new KeyEntry(
                        row.getLong(2),
                        row.getObject(3, UUID.class),
                        user.isPresent() ? Optional.empty() : Optional.of(project(row, 7)),
                        user,
                        limits(row.getString(5)),
                        row.getBoolean(6)));
    }

    private static OwnLimits limits(String text) throws SQLException {
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        json.set(LimitsJson.FIELD, tree(text));
        return LimitsJson.of(json);
    }

    private static JsonNode tree(String text) throws SQLException {
        try {
            return JSON.readTree(text);
        } catch (JsonProcessingException e) {
            throw new SQLException("limits are not JSON", e);
        }
    }

    private static Optional<Instant> time(ResultSet row, int column) throws SQLException {
        return Optional.ofNullable(row.getObject(column, OffsetDateTime.class)).map(OffsetDateTime::toInstant);
    }
}
