package gptbroker.chat;

import gptbroker.archive.Erasure;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.UUID;

/**
 * What a user has said in chats, to be erased with their archive: their messages with the replies, and their chats in
 * which then nothing is left. What others have said stays, and so do account and memberships. Thread-safe.
 */
public final class Traces implements Erasure.Elsewhere {
    private static final int STEP = 500;
    private static final String MESSAGES =
            "delete from broker_messages where id in (select id from broker_messages where user_id = ? limit " + STEP
                    + ")";
    private static final String EMPTY_CHATS = """
            delete from broker_chats c where c.user_id = ?
            and not exists (select from broker_messages m where m.chat_id = c.id)""";

    @Override
    public boolean eraseSome(Connection connection, UUID user) throws SQLException {
        if (Sql.update(connection, MESSAGES, user) == STEP) {
            return true;
        }
        Sql.update(connection, EMPTY_CHATS, user);
        return false;
    }
}
