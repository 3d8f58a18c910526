package gptbroker.chat;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;

/**
 * A prompt and its reply.
 *
 * @param id the request's id, which is also the archive's
 * @param group the chat's group
 * @param reply empty optional while it is being answered, or when the broker died meanwhile
 * @param otr off the record: for the members alone, no model has seen it
 */
public record Message(
        UUID id,
        String chat,
        UUID user,
        UUID group,
        String prompt,
        Optional<String> reply,
        String model,
        boolean otr,
        Instant createdAt,
        Instant updatedAt) {
    static final String COLUMNS =
            "m.id, m.chat_id, m.user_id, c.group_id, m.prompt, m.reply, m.model, m.otr, m.created_at, m.updated_at";

    static Message read(ResultSet row) throws SQLException {
        return new Message(
                row.getObject("id", UUID.class),
                row.getString("chat_id"),
                row.getObject("user_id", UUID.class),
                row.getObject("group_id", UUID.class),
                row.getString("prompt"),
                Optional.ofNullable(row.getString("reply")),
                row.getString("model"),
                row.getBoolean("otr"),
                Sql.instant(row, "created_at"),
                Sql.instant(row, "updated_at"));
    }

    /** The same with this reply. */
    Message replied(String text) {
        return new Message(id, chat, user, group, prompt, Optional.of(text), model, otr, createdAt, updatedAt);
    }

    /** The same with this prompt. */
    Message prompted(String text) {
        return new Message(id, chat, user, group, text, reply, model, otr, createdAt, updatedAt);
    }

    /** Roughly what it takes in memory and on the wire. */
    long size() {
        return prompt.length() + reply.map(String::length).orElse(0);
    }
}
