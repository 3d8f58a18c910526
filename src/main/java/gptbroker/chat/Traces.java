package gptbroker.chat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import gptbroker.archive.Erasure;
import gptbroker.archive.Page;
import gptbroker.archive.Told;
import gptbroker.live.Feed;
import gptbroker.problem.Problem;
import gptbroker.problem.ProblemCode;
import gptbroker.store.Database;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/**
 * What a user has said in chats, to be told them and to be erased with their archive: their messages with the replies, and
 * their chats in which then nothing is left. What others have said stays, and so do account and memberships. Thread-safe.
 */
public final class Traces implements Erasure.Elsewhere {
    private static final int STEP = 500;
    /** Text after which a page ends, full or not. */
    private static final long PAGE_CHARACTERS = 4 << 20;

    private static final long OVERHEAD = 256;

    private static final String MESSAGES =
            "delete from broker_messages where id in (select id from broker_messages where user_id = ? limit " + STEP
                    + ") returning chat_id";
    private static final String EMPTY_CHATS = """
            delete from broker_chats c where c.user_id = ?
            and not exists (select from broker_messages m where m.chat_id = c.id)""";
    private static final String PAGE = """
            select m.id, m.chat_id, c.name, m.prompt, m.reply, m.model, m.otr, m.created_at
            from broker_messages m join broker_chats c on c.id = m.chat_id
            where m.user_id = ? and m.id < ? order by m.id desc""";
    private static final UUID END = new UUID(-1, -1);

    private final Database database;
    private final Feed feed;

    /**
     * Of this database.
     *
     * @param feed where what was said can be heard for some minutes more
     */
    public Traces(Database database, Feed feed) {
        this.database = database;
        this.feed = feed;
    }

    /**
     * A page of what a user has said, the newest first, off the record or not.
     *
     * @param before only what was said before this
     * @throws Problem 503 {@code archive_unavailable}
     */
    public Page saidBy(UUID user, Optional<UUID> before, int limit) {
        var room = new Sql.Room<>(limit, PAGE_CHARACTERS, Told::size);
        Sql.Cut<Told> cut = database.answer(
                ProblemCode.ARCHIVE_UNAVAILABLE,
                connection -> Sql.fitting(connection, room, PAGE, Traces::told, user, before.orElse(END)));
        return new Page(
                cut.rows(), cut.more() ? Optional.of(cut.rows().getLast().id()) : Optional.empty());
    }

    private static Told told(ResultSet row) throws SQLException {
        UUID id = row.getObject("id", UUID.class);
        String prompt = row.getString("prompt");
        String reply = row.getString("reply");
        ObjectNode json = Shapes.object()
                .put("id", id.toString())
                .put("chat_id", row.getString("chat_id"))
                .put("chat_name", row.getString("name"))
                .put("prompt", prompt)
                .put("reply", reply)
                .put("model", row.getString("model"))
                .put("otr", row.getBoolean("otr"))
                .put("asked_at", Sql.instant(row, "created_at").toString());
        return new Told(id, json, OVERHEAD + prompt.length() + (reply == null ? 0 : reply.length()));
    }

    /**
     * What can still be heard goes before the transaction ends: a turn that is being answered waits for it, and finds its
     * message gone.
     */
    @Override
    public boolean eraseSome(Connection connection, UUID user) throws SQLException {
        List<String> chats = Sql.all(connection, MESSAGES, row -> row.getString(1), user);
        feed.erase(new HashSet<>(chats));
        if (chats.size() == STEP) {
            return true;
        }
        Sql.update(connection, EMPTY_CHATS, user);
        return false;
    }
}
