package gptbroker.chat;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.UUID;

/**
 * A chat, without what was said in it.
 *
 * @param id a UUID, or what a client of {@code POST /chat/} has chosen
 * @param model the name that clients use, see {@link ChatModels}
 * @param owner who may rename and delete it
 * @param updatedAt the last message or change
 */
public record Chat(String id, String name, String model, UUID owner, UUID group, Instant createdAt, Instant updatedAt) {
    static final String COLUMNS = "c.id, c.name, c.model, c.user_id, c.group_id, c.created_at, c.updated_at";

    /** The same chat, asking another model for its next turn. */
    public Chat asking(String other) {
        return new Chat(id, name, other, owner, group, createdAt, updatedAt);
    }

    static Chat read(ResultSet row) throws SQLException {
        return new Chat(
                row.getString("id"),
                row.getString("name"),
                row.getString("model"),
                row.getObject("user_id", UUID.class),
                row.getObject("group_id", UUID.class),
                Sql.instant(row, "created_at"),
                Sql.instant(row, "updated_at"));
    }
}
