package gptbroker.chat;

import com.fasterxml.jackson.databind.node.ArrayNode;
import gptbroker.account.Membership;
import gptbroker.problem.Problem;
import gptbroker.problem.ProblemCode;
import gptbroker.store.Database;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.UUID;

/**
 * The groups (S1.48 to S1.53). Thread-safe; every method throws {@link Problem} as {@link ChatRules} says, and 503
 * {@code archive_unavailable} when Postgres does not answer.
 */
public final class Groups implements Membership {
    private static final int MOST_OWNED = 1_000;
    private static final int MOST_MEMBERS = 1_000;
    private static final String OF_USER = "select " + Group.COLUMNS
            + " from broker_groups g join broker_group_members m on m.group_id = g.id where m.user_id = ?"
            + " order by m.created_at, g.id";
    private static final String MEMBERS = "select " + Seat.COLUMNS + ", null::timestamptz as deleted_at"
            + " from broker_group_members m join broker_users u on u.id = m.user_id where m.group_id = ?"
            + " order by m.created_at, u.id";
    private static final String JOIN = "insert into broker_group_members (group_id, user_id)"
            + " select ?, unnest(?::uuid[]) on conflict do nothing";
    /** Who comes back finds their own chats of that time open again. */
    private static final String REOPEN = """
            update broker_chat_users s set deleted_at = null from broker_chats c
            where c.id = s.chat_id and c.group_id = ? and c.user_id = s.user_id and s.user_id = any(?)""";

    private static final String LEAVE = "delete from broker_group_members where group_id = ? and user_id = any(?)";
    private static final String END_SEATS = """
            update broker_chat_users s set deleted_at = now() from broker_chats c
            where c.id = s.chat_id and c.group_id = ? and s.user_id = any(?) and s.deleted_at is null""";

    private final Database database;

    /** The groups of this database. */
    public Groups(Database database) {
        this.database = database;
    }

    @Override
    public void found(Connection connection, UUID user, String name) throws SQLException {
        create(connection, user, name, "", List.of());
    }

    @Override
    public ArrayNode of(Connection connection, UUID user) throws SQLException {
        return Shapes.array(Sql.all(connection, OF_USER, Group::read, user), Shapes::group);
    }

    Group create(UUID user, String name, String description, Collection<UUID> members) {
        return answer(connection -> {
            ChatRules.requireUsers(connection, members);
            return create(connection, user, name, description, members);
        });
    }

    private static Group create(
            Connection connection, UUID user, String name, String description, Collection<UUID> members)
            throws SQLException {
        UUID id = UUID.randomUUID();
        Group group = Sql.one(
                        connection,
                        "insert into broker_groups as g (id, name, description, owner_id) values (?, ?, ?, ?) returning "
                                + Group.COLUMNS,
                        Group::read,
                        id,
                        name,
                        description,
                        user)
                .orElseThrow();
        Sql.update(connection, JOIN, id, Set.of(user));
        Sql.update(connection, JOIN, id, members);
        ChatRules.requireAtMost(connection, MOST_OWNED, "select count(*) from broker_groups where owner_id = ?", user);
        return group;
    }

    Group read(UUID user, String id) {
        return answer(connection -> ChatRules.group(connection, user, id));
    }

    List<Group> index(UUID user) {
        return answer(connection -> Sql.all(connection, OF_USER, Group::read, user));
    }

    List<Seat> members(UUID user, String id) {
        return answer(connection -> Sql.all(
                connection,
                MEMBERS,
                Seat::read,
                ChatRules.group(connection, user, id).id()));
    }

    Group update(UUID user, String id, String name, String description) {
        return answer(connection -> Sql.one(
                        connection,
                        "update broker_groups g set name = ?, description = ?, updated_at = now() where g.id = ?"
                                + " returning " + Group.COLUMNS,
                        Group::read,
                        name,
                        description,
                        ChatRules.ownGroup(connection, user, id).id())
                .orElseThrow());
    }

    /** Deletes it with its chats. */
    Group delete(UUID user, String id) {
        return answer(connection -> {
            Group group = ChatRules.ownGroup(connection, user, id);
            Sql.update(connection, "delete from broker_groups where id = ?", group.id());
            return group;
        });
    }

    void add(UUID user, String id, List<UUID> members) {
        answer(connection -> {
            Group group = ChatRules.ownGroup(connection, user, id);
            ChatRules.requireUsers(connection, members);
            Sql.update(connection, JOIN, group.id(), members);
            ChatRules.requireAtMost(
                    connection,
                    MOST_MEMBERS,
                    "select count(*) from broker_group_members where group_id = ?",
                    group.id());
            return Sql.update(connection, REOPEN, group.id(), members);
        });
    }

    /** All of them, or nobody (S1.53). */
    void remove(UUID user, String id, List<UUID> members) {
        answer(connection -> {
            Group group = ChatRules.groupToChange(connection, user, id);
            if (!group.owner().equals(user) && !members.equals(List.of(user))) {
                throw Problem.of(ProblemCode.ONLY_SELF);
            }
            if (members.contains(group.owner())) {
                throw Problem.of(ProblemCode.OWNER_STAYS);
            }
            if (Sql.update(connection, LEAVE, group.id(), members) < members.size()) {
                throw Problem.of(ProblemCode.USER_NOT_FOUND);
            }
            return Sql.update(connection, END_SEATS, group.id(), members);
        });
    }

    private <T> T answer(Database.Work<T> work) {
        return database.answer(ProblemCode.ARCHIVE_UNAVAILABLE, work);
    }
}
