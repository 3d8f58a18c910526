package gptbroker.chat;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.UUID;

/**
 * A turn of some age whose end is not known yet.
 *
 * @param place of the message in its chat
 * @param call the last call that was to answer it: its own id, or that of a later one
 * @param askable whether a later call may answer it: nobody waits who could ask again, and not too many have failed
 * @param turnsBefore how many turns before it the model is told then
 * @param stale whether the call was made so long ago that an archive that is not behind would know it
 */
record Orphan(Message message, long place, UUID call, boolean askable, int turnsBefore, boolean stale) {
    /** After which a call is stale. */
    static final Duration PATIENCE = Duration.ofMinutes(10);

    /** A turn that has just begun is its own broker's; after two more calls another would help no reader. Ids rise with time. */
    static final String OPEN = "select " + Message.COLUMNS + """
            , m.seq, coalesce(m.asked_as, m.id) as call, m.context_turns,
              m.context_turns is not null and m.asked_again < 2 as askable,
              m.updated_at < now() - interval '10 minutes' as stale
            from broker_messages m join broker_chats c on c.id = m.chat_id
            where m.reply is null and m.created_at < now() - interval '10 seconds' and m.id > ?
            order by m.id limit ?""";

    /** One of the replicas that look finds it so. */
    static final String CLAIM = """
            update broker_messages set asked_as = ?, asked_again = asked_again + 1, updated_at = now()
            where id = ? and reply is null and coalesce(asked_as, id) = ?""";

    static Orphan read(ResultSet row) throws SQLException {
        return new Orphan(
                Message.read(row),
                row.getLong("seq"),
                row.getObject("call", UUID.class),
                row.getBoolean("askable"),
                row.getInt("context_turns"),
                row.getBoolean("stale"));
    }

    UUID id() {
        return message.id();
    }
}
