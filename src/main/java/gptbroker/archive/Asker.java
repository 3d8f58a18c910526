package gptbroker.archive;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Optional;
import java.util.UUID;

/**
 * Who asked.
 *
 * @param kind of caller, lower case
 * @param id that quotas are keyed by
 * @param user when there is one
 * @param project whose API key it was
 */
public record Asker(String kind, String id, Optional<UUID> user, Optional<UUID> project) {
    private static final String SELECT = "select caller_kind, caller_id, user_id, project_id from inputs where id = ?";

    /** The asker of an exchange that the archive knows; inside the transaction of the caller. */
    public static Optional<Asker> of(Connection connection, UUID exchange) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(SELECT)) {
            statement.setObject(1, exchange);
            try (ResultSet row = statement.executeQuery()) {
                return row.next() ? Optional.of(read(row)) : Optional.empty();
            }
        }
    }

    private static Asker read(ResultSet row) throws SQLException {
        return new Asker(
                row.getString("caller_kind"),
                row.getString("caller_id"),
                Optional.ofNullable(row.getObject("user_id", UUID.class)),
                Optional.ofNullable(row.getObject("project_id", UUID.class)));
    }
}
