package gptbroker.chat;

import gptbroker.problem.Problem;
import gptbroker.problem.ProblemCode;
import gptbroker.store.Database;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/**
 * The chats, without what is said in them (S1.30 to S1.36). Thread-safe; every method throws {@link Problem} as
 * {@link ChatRules} says, and 503 {@code archive_unavailable} when Postgres does not answer.
 */
public final class Chats {
    private static final int MOST_OWNED = 10_000;
    private static final int MOST_SEATS = 1_000;
    private static final String OF_USER = "select " + Chat.COLUMNS
            + " from broker_chats c join broker_chat_users s on s.chat_id = c.id"
            + " where s.user_id = ? and s.deleted_at is null";
    private static final String OLDER =
            " and (c.updated_at, c.id) < (select updated_at, id from broker_chats where id = ?)";
    private static final String NEWEST = " order by c.updated_at desc, c.id desc limit ?";
    private static final String FIRST_GROUP =
            "select group_id from broker_group_members where user_id = ? order by created_at, group_id limit 1"
                    + " for share";
    private static final String INSERT = "insert into broker_chats as c (id, name, model, user_id, group_id)"
            + " values (?, ?, ?, ?, ?) on conflict do nothing returning " + Chat.COLUMNS;
    private static final String SEAT = "insert into broker_chat_users (chat_id, user_id) values (?, ?)"
            + " on conflict (chat_id, user_id) do update set deleted_at = null";
    private static final String SEATS = "select " + Seat.COLUMNS + ", s.deleted_at"
            + " from broker_chat_users s join broker_users u on u.id = s.user_id where s.chat_id = ?"
            + " order by s.created_at, u.id";

    private final Database database;

    /** The chats of this database. */
    public Chats(Database database) {
        this.database = database;
    }

    /**
     * Makes one.
     *
     * @param group empty: the user's first one
     */
    Chat create(UUID user, String name, String model, Optional<String> group) {
        return answer(connection -> create(
                        connection, user, UUID.randomUUID().toString(), name, model, groupFor(connection, user, group))
                .orElseThrow());
    }

    /**
     * The chat of this id, made if nobody has one of it (S4.8).
     *
     * @param id as the client wrote it
     * @param model the name that clients use
     * @throws Problem 404 {@code not_found} when it is somebody else's
     */
    public Chat open(UUID user, String id, String name, String model) {
        return answer(connection -> {
            UUID group = groupFor(connection, user, Optional.empty());
            Optional<Chat> made = create(connection, user, Ids.chat(id), name, model, group);
            return made.isPresent() ? made.get() : ChatRules.chat(connection, user, id);
        });
    }

    private static Optional<Chat> create(
            Connection connection, UUID user, String id, String name, String model, UUID group) throws SQLException {
        Optional<Chat> made = Sql.one(connection, INSERT, Chat::read, id, name, model, user, group);
        if (made.isPresent()) {
            Sql.update(connection, SEAT, id, user);
            ChatRules.requireAtMost(
                    connection, MOST_OWNED, "select count(*) from broker_chats where user_id = ?", user);
        }
        return made;
    }

    private static UUID groupFor(Connection connection, UUID user, Optional<String> group) throws SQLException {
        if (group.isPresent()) {
            return ChatRules.groupToUse(connection, user, group.get()).id();
        }
        return Sql.one(connection, FIRST_GROUP, row -> row.getObject(1, UUID.class), user)
                .orElseThrow(() -> Problem.of(ProblemCode.GROUP_NOT_FOUND, "a member of no group"));
    }

    /**
     * Those that the user has a seat in, the last used first.
     *
     * @param before only those after this one in that order
     */
    List<Chat> index(UUID user, Optional<String> before, int limit) {
        return answer(connection -> before.isPresent()
                ? Sql.all(connection, OF_USER + OLDER + NEWEST, Chat::read, user, Ids.chat(before.get()), limit)
                : Sql.all(connection, OF_USER + NEWEST, Chat::read, user, limit));
    }

    /** Who has a seat, or had one. */
    static List<Seat> seats(Connection connection, Chat chat) throws SQLException {
        return Sql.all(connection, SEATS, Seat::read, chat.id());
    }

    /** Gives it another name or model; what is absent stays. */
    Chat update(UUID user, String id, Optional<String> name, Optional<String> model) {
        return answer(connection -> {
            Chat chat = ChatRules.ownChat(connection, user, id);
            return Sql.one(
                            connection,
                            "update broker_chats c set name = ?, model = ?, updated_at = now() where c.id = ? returning "
                                    + Chat.COLUMNS,
                            Chat::read,
                            name.orElse(chat.name()),
                            model.orElse(chat.model()),
                            chat.id())
                    .orElseThrow();
        });
    }

    /** Deletes it with its messages. */
    void delete(UUID user, String id) {
        answer(connection -> Sql.update(
                connection,
                "delete from broker_chats where id = ?",
                ChatRules.ownChat(connection, user, id).id()));
    }

    /** Gives someone a seat. */
    void add(UUID user, String id, UUID other) {
        answer(connection -> {
            Chat chat = ChatRules.ownChat(connection, user, id);
            ChatRules.requireUsers(connection, List.of(other));
            Sql.update(connection, SEAT, chat.id(), other);
            ChatRules.requireAtMost(
                    connection, MOST_SEATS, "select count(*) from broker_chat_users where chat_id = ?", chat.id());
            return chat;
        });
    }

    /** Ends a seat: the owner anyone's but their own, everybody else their own. */
    void remove(UUID user, String id, UUID other) {
        answer(connection -> {
            Chat chat =
                    user.equals(other) ? ChatRules.chat(connection, user, id) : ChatRules.ownChat(connection, user, id);
            if (chat.owner().equals(other)) {
                throw Problem.of(ProblemCode.OWNER_STAYS);
            }
            int ended = Sql.update(
                    connection,
                    "update broker_chat_users set deleted_at = now()"
                            + " where chat_id = ? and user_id = ? and deleted_at is null",
                    chat.id(),
                    other);
            if (ended == 0) {
                throw Problem.of(ProblemCode.USER_NOT_FOUND);
            }
            return ended;
        });
    }

    private <T> T answer(Database.Work<T> work) {
        return database.answer(ProblemCode.ARCHIVE_UNAVAILABLE, work);
    }
}
