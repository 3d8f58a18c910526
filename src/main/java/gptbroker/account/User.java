package gptbroker.account;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.Optional;
import java.util.UUID;

/**
 * An account, without its password.
 *
 * @param id what owns chats and groups; for a Supabase user the one Supabase gave
 * @param username as it was chosen; empty for a Supabase user, who signs in elsewhere
 * @param firstName may be empty
 * @param lastName may be empty
 * @param supabase whether Supabase knows the user, not we
 */
public record User(
        UUID id,
        Optional<String> username,
        String firstName,
        String lastName,
        boolean supabase,
        Instant createdAt,
        Instant updatedAt) {
    static final String COLUMNS = "id, username, first_name, last_name, external_id, created_at, updated_at";

    static User read(ResultSet row) throws SQLException {
        return new User(
                row.getObject(1, UUID.class),
                Optional.ofNullable(row.getString(2)),
                row.getString(3),
                row.getString(4),
                row.getObject(5) != null,
                row.getObject(6, OffsetDateTime.class).toInstant(),
                row.getObject(7, OffsetDateTime.class).toInstant());
    }
}
