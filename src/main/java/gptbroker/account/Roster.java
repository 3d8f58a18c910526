package gptbroker.account;

import gptbroker.problem.Problem;
import gptbroker.problem.ProblemCode;
import gptbroker.store.Database;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/**
 * The accounts as the operator sees them, without anything that signs in. Thread-safe; every method throws
 * {@link Problem} 503 {@code identity_unavailable} when Postgres does not answer within its limits.
 */
public final class Roster {
    private static final String LISTED = "select " + User.COLUMNS + ", (select count(*) from broker_sessions s"
            + " where s.user_id = u.id and s.expires_at > now()) from broker_users u";
    private static final String ORDER = " order by created_at desc, id desc limit ?";
    private static final String OLDER =
            " where (created_at, id) < (select b.created_at, b.id from broker_users b where b.id = ?)";

    private final Database database;

    /** The accounts of this database. */
    public Roster(Database database) {
        this.database = database;
    }

    /** An account and how many sessions it has. */
    public record Entry(User user, long sessions) {}

    /** Accounts, the newest first; {@code before} is the last one of the page before. */
    public List<Entry> list(Optional<UUID> before, int limit) {
        return ask(before.isPresent() ? LISTED + OLDER + ORDER : LISTED + ORDER, statement -> {
            if (before.isPresent()) {
                statement.setObject(1, before.get());
            }
            statement.setInt(before.isPresent() ? 2 : 1, limit);
        });
    }

    /** The account of a name, however its case. */
    public Optional<Entry> named(String username) {
        return ask(
                        LISTED + " where username_key = ?",
                        statement ->
                                statement.setString(1, Username.of(username).key()))
                .stream()
                .findFirst();
    }

    /**
     * One account.
     *
     * @throws Problem 404 {@code not_found}
     */
    public Entry find(UUID id) {
        return ask(LISTED + " where id = ?", statement -> statement.setObject(1, id)).stream()
                .findFirst()
                .orElseThrow(() -> Problem.of(ProblemCode.NOT_FOUND, "no such account"));
    }

    private interface Binding {
        void bind(PreparedStatement statement) throws java.sql.SQLException;
    }

    private List<Entry> ask(String sql, Binding binding) {
        return database.answer(ProblemCode.IDENTITY_UNAVAILABLE, connection -> {
            var entries = new ArrayList<Entry>();
            try (PreparedStatement statement = connection.prepareStatement(sql)) {
                binding.bind(statement);
                try (ResultSet row = statement.executeQuery()) {
                    while (row.next()) {
                        entries.add(new Entry(User.read(row), row.getLong(8)));
                    }
                }
            }
            return entries;
        });
    }
}
