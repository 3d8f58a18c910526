package gptbroker.chat;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;

/**
 * A user as others of the same chat or group see them.
 *
 * @param username empty for a Supabase user
 * @param endedAt when they stopped to belong to it
 */
record Seat(
        UUID user,
        Optional<String> username,
        String firstName,
        String lastName,
        Instant createdAt,
        Instant updatedAt,
        Optional<Instant> endedAt) {
    static final String COLUMNS = "u.id, u.username, u.first_name, u.last_name, u.created_at, u.updated_at";

    static Seat read(ResultSet row) throws SQLException {
        return new Seat(
                row.getObject("id", UUID.class),
                Optional.ofNullable(row.getString("username")),
                row.getString("first_name"),
                row.getString("last_name"),
                Sql.instant(row, "created_at"),
                Sql.instant(row, "updated_at"),
                Sql.instantIfAny(row, "deleted_at"));
    }
}
