package gptbroker.chat;

import gptbroker.archive.Answers;
import gptbroker.archive.ExactText;
import gptbroker.problem.Problem;
import gptbroker.problem.ProblemCode;
import gptbroker.store.Database;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/**
 * What was said in the chats. A message has its place as soon as its turn begins, so that turns which run at the same
 * time stay in the order in which they began. Thread-safe; failures as in {@link Chats}.
 */
public final class Messages {
    /** Text after which a page ends, full or not. */
    private static final long PAGE_CHARACTERS = 4 << 20;

    private static final int MOST_ANSWERED = 1_000;

    /** The lock of the chat's row orders turns; whoever has lost the seat meanwhile gets no place. */
    private static final String PLACE = """
            update broker_chats c set next_seq = next_seq + 1, updated_at = now()
            where c.id = ? and exists (select from broker_chat_users s
                where s.chat_id = c.id and s.user_id = ? and s.deleted_at is null)
            returning c.next_seq - 1 as seq, c.group_id""";

    private static final String INSERT = """
            insert into broker_messages (id, chat_id, seq, user_id, prompt, reply, model, otr, context_turns)
            values (?, ?, ?, ?, ?, ?, ?, ?, ?)""";

    private static final String PAGE = "select " + Message.COLUMNS
            + " from broker_messages m join broker_chats c on c.id = m.chat_id where m.chat_id = ?";
    private static final String OLDER =
            " and m.seq < (select seq from broker_messages where id = ? and chat_id = m.chat_id)";
    private static final String NEWEST = " order by m.seq desc";

    private final Database database;

    /** The messages of this database. */
    public Messages(Database database) {
        this.database = database;
    }

    /** The turns before the next one that the model is to be told, the oldest first. */
    List<Context.Pair> context(String chat, Context.Wanted wanted) {
        return answer(connection -> Context.read(connection, chat, wanted));
    }

    /**
     * Gives a turn its place.
     *
     * @param reply absent when a model has still to be asked
     * @param lasting whether it is asked again should its broker die, because nobody waits who could
     * @throws Problem 404 {@code not_found} when the user has no seat
     */
    Message begin(Ask ask, UUID id, Optional<String> reply, boolean lasting) {
        String prompt = ExactText.storable(ask.prompt());
        Chat chat = ask.chat();
        return answer(connection -> {
            long seq = place(connection, chat, ask.user());
            Sql.update(
                    connection,
                    INSERT,
                    id,
                    chat.id(),
                    seq,
                    ask.user(),
                    prompt,
                    reply.orElse(null),
                    chat.model(),
                    reply.isPresent(),
                    lasting ? ask.pairs() : null);
            return Sql.one(connection, PAGE + " and m.id = ?", Message::read, chat.id(), id)
                    .orElseThrow();
        });
    }

    private static long place(Connection connection, Chat chat, UUID user) throws SQLException {
        return Sql.one(connection, PLACE, row -> row.getLong("seq"), chat.id(), user)
                .orElseThrow(() -> Problem.of(ProblemCode.NOT_FOUND, "the seat has ended"));
    }

    /** Stores the reply; false when the message is gone, with its chat or because its user has erased it. */
    boolean finish(UUID id, String reply) {
        return answer(connection -> Sql.update(
                        connection,
                        "update broker_messages set reply = ?, updated_at = now() where id = ?",
                        ExactText.storable(reply),
                        id)
                > 0);
    }

    /** Takes back a turn that came to nothing. */
    void discard(UUID id) {
        answer(connection -> Sql.update(connection, "delete from broker_messages where id = ?", id));
    }

    /**
     * A page of a chat.
     *
     * @param messages the oldest first
     * @param next the {@code before} of the page before this one; empty when there is none
     * @param seats who has a seat in the chat, or had one
     */
    record Page(Chat chat, List<Message> messages, Optional<UUID> next, List<Seat> seats) {}

    /**
     * The newest messages.
     *
     * @param before only those that came before this one
     */
    Page page(UUID user, String id, Optional<UUID> before, int limit) {
        return answer(connection -> page(connection, ChatRules.chat(connection, user, id), before, limit));
    }

    /** What was asked and answered in a chat, the oldest first; of long ones the newest thousand or some MiB. */
    public List<Message> answered(UUID user, String id) {
        return page(user, id, Optional.empty(), MOST_ANSWERED).messages().stream()
                .filter(message -> !message.otr() && !message.reply().orElse("").isEmpty())
                .toList();
    }

    /** As above, of a chat that the caller may see. */
    static Page page(Connection connection, Chat chat, Optional<UUID> before, int limit) throws SQLException {
        var room = new Sql.Room<>(limit, PAGE_CHARACTERS, Message::size);
        Sql.Cut<Message> newest = before.isPresent()
                ? Sql.fitting(connection, room, PAGE + OLDER + NEWEST, Message::read, chat.id(), before.get())
                : Sql.fitting(connection, room, PAGE + NEWEST, Message::read, chat.id());
        Optional<UUID> next =
                newest.more() ? Optional.of(newest.rows().getLast().id()) : Optional.empty();
        List<Message> messages = withArchived(connection, newest.rows()).reversed();
        return new Page(chat, messages, next, Chats.seats(connection, chat));
    }

    /** Where the reply is not here, the archive may have it: {@link Orphans} will store it. */
    private static List<Message> withArchived(Connection connection, List<Message> messages) throws SQLException {
        List<UUID> open = messages.stream()
                .filter(message -> message.reply().isEmpty())
                .map(Message::id)
                .toList();
        if (open.isEmpty()) {
            return messages;
        }
        Map<UUID, Answers.Answer> answers = Answers.of(connection, open);
        return messages.stream()
                .map(message -> Optional.ofNullable(answers.get(message.id()))
                        .filter(answer -> answer.isClosed() && !answer.text().isEmpty())
                        .map(answer -> message.replied(answer.text()))
                        .orElse(message))
                .toList();
    }

    private <T> T answer(Database.Work<T> work) {
        return database.answer(ProblemCode.ARCHIVE_UNAVAILABLE, work);
    }
}
