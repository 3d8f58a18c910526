package gptbroker.chat;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.UUID;

/** A group of users. Its owner is always a member. */
record Group(UUID id, String name, String description, UUID owner, Instant createdAt, Instant updatedAt) {
    static final String COLUMNS = "g.id, g.name, g.description, g.owner_id, g.created_at, g.updated_at";

    static Group read(ResultSet row) throws SQLException {
        return new Group(
                row.getObject("id", UUID.class),
                row.getString("name"),
                row.getString("description"),
                row.getObject("owner_id", UUID.class),
                Sql.instant(row, "created_at"),
                Sql.instant(row, "updated_at"));
    }
}
