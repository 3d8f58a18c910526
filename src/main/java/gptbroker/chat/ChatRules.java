package gptbroker.chat;

import gptbroker.problem.Problem;
import gptbroker.problem.ProblemCode;
import gptbroker.store.Database;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Collection;
import java.util.List;
import java.util.UUID;

/**
 * Who may do what with chats and groups; every other class of this package asks here.
 *
 * <p>Who has a seat in a chat may read it and speak in it; its owner may change it and say who has one. Leaving a group
 * ends the seats in its chats. To anyone else a chat or group does not exist: 404, by the same query and so in the same
 * time as for an id that nobody has. Thread-safe.
 */
public final class ChatRules {
    private static final String SEAT = "select " + Chat.COLUMNS
            + " from broker_chats c join broker_chat_users u on u.chat_id = c.id"
            + " where c.id = ? and u.user_id = ? and u.deleted_at is null";
    private static final String BELONGS = "select " + Group.COLUMNS
            + " from broker_groups g join broker_group_members m on m.group_id = g.id"
            + " where g.id = ? and m.user_id = ?";

    private final Database database;

    /** The rules over this database. */
    public ChatRules(Database database) {
        this.database = database;
    }

    /**
     * The chat, if the user may read it now.
     *
     * @param id as the client wrote it
     * @throws Problem 404 {@code not_found}; 503 {@code archive_unavailable}
     */
    public Chat require(UUID user, String id) {
        return database.answer(ProblemCode.ARCHIVE_UNAVAILABLE, connection -> chat(connection, user, id));
    }

    /** As {@link #require}, for who holds a stream open and wants to know whether it may stay so. */
    public boolean mayRead(UUID user, String id) {
        try {
            require(user, id);
            return true;
        } catch (Problem problem) {
            if (problem.code() == ProblemCode.NOT_FOUND) {
                return false;
            }
            throw problem;
        }
    }

    static Chat chat(Connection connection, UUID user, String id) throws SQLException {
        return Sql.one(connection, SEAT, Chat::read, Ids.chat(id), user)
                .orElseThrow(() -> Problem.of(ProblemCode.NOT_FOUND, "no chat of theirs"));
    }

    /** The chat, locked until the transaction ends; 403 for a member who is not its owner. */
    static Chat ownChat(Connection connection, UUID user, String id) throws SQLException {
        Chat chat = Sql.one(connection, SEAT + " for update of c", Chat::read, Ids.chat(id), user)
                .orElseThrow(() -> Problem.of(ProblemCode.NOT_FOUND, "no chat of theirs"));
        if (!chat.owner().equals(user)) {
            throw Problem.of(ProblemCode.NOT_OWNER);
        }
        return chat;
    }

    static Group group(Connection connection, UUID user, String id) throws SQLException {
        return group(connection, user, id, "");
    }

    /** The group; the user cannot leave it before the transaction ends. */
    static Group groupToUse(Connection connection, UUID user, String id) throws SQLException {
        return group(connection, user, id, " for share of m");
    }

    /** The group, locked until the transaction ends. */
    static Group groupToChange(Connection connection, UUID user, String id) throws SQLException {
        return group(connection, user, id, " for update of g");
    }

    /** As {@link #groupToChange}; 403 for a member who is not its owner. */
    static Group ownGroup(Connection connection, UUID user, String id) throws SQLException {
        Group group = groupToChange(connection, user, id);
        if (!group.owner().equals(user)) {
            throw Problem.of(ProblemCode.NOT_OWNER);
        }
        return group;
    }

    /** All of them, or 404 {@code user_not_found}. */
    static void requireUsers(Connection connection, Collection<UUID> users) throws SQLException {
        List<UUID> known = Sql.all(
                connection,
                "select id from broker_users where id = any(?)",
                row -> row.getObject(1, UUID.class),
                users);
        if (known.size() < users.size()) {
            throw Problem.of(ProblemCode.USER_NOT_FOUND);
        }
    }

    /**
     * Bounds what one user can make the database hold; asked after it was made, so that nothing slips in between.
     *
     * @param count counts with one parameter
     * @throws Problem 409 {@code too_many}
     */
    static void requireAtMost(Connection connection, int most, String count, Object of) throws SQLException {
        if (Sql.one(connection, count, row -> row.getLong(1), of).orElseThrow() > most) {
            throw Problem.of(ProblemCode.TOO_MANY);
        }
    }

    private static Group group(Connection connection, UUID user, String id, String lock) throws SQLException {
        UUID group = Ids.uuid(id, ProblemCode.GROUP_NOT_FOUND);
        return Sql.one(connection, BELONGS + lock, Group::read, group, user)
                .orElseThrow(() -> Problem.of(ProblemCode.GROUP_NOT_FOUND));
    }
}
