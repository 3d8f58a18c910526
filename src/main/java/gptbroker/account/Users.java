package gptbroker.account;

import gptbroker.identity.Caller;
import gptbroker.problem.Problem;
import gptbroker.problem.ProblemCode;
import gptbroker.store.Database;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Optional;
import java.util.UUID;

/**
 * The accounts. Thread-safe; every method throws {@link Problem} 503 {@code identity_unavailable} when Postgres does not
 * answer within its limits.
 */
public final class Users {
    /** What the first group of an account is called when nobody names it. */
    static final String PERSONAL = "Personal";

    private static final String BY_ID = "select " + User.COLUMNS + " from broker_users where id = ?";
    // Two first requests at once: one of them makes the row.
    private static final String ADOPT =
            "insert into broker_users (id, external_id) values (?, ?) on conflict do nothing returning " + User.COLUMNS;

    private final Database database;
    private final Membership groups;

    /** The accounts of this database, and their groups. */
    public Users(Database database, Membership groups) {
        this.database = database;
        this.groups = groups;
    }

    /**
     * The account of a caller; a Supabase user gets one at first use.
     *
     * @throws Problem 403 {@code access_denied} for callers that are no users, such as a project's key; 401
     *     {@code token_invalid} when the account is gone
     */
    public User ensure(Caller caller) {
        UUID id = caller.userId().orElseThrow(() -> Problem.of(ProblemCode.ACCESS_DENIED, "not a user's credential"));
        return database.answer(ProblemCode.IDENTITY_UNAVAILABLE, connection -> {
            Optional<User> known = find(connection, id);
            if (known.isPresent()) {
                return known.get();
            }
            if (caller.kind() != Caller.Kind.SUPABASE_USER) {
                throw Problem.of(ProblemCode.TOKEN_INVALID, "the account is gone");
            }
            return adopt(connection, id);
        });
    }

    /** The account of this id. */
    public Optional<User> find(UUID id) {
        return database.answer(ProblemCode.IDENTITY_UNAVAILABLE, connection -> find(connection, id));
    }

    static Optional<User> find(Connection connection, UUID id) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(BY_ID)) {
            statement.setObject(1, id);
            return one(statement);
        }
    }

    private User adopt(Connection connection, UUID id) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(ADOPT)) {
            statement.setObject(1, id);
            statement.setObject(2, id);
            Optional<User> made = one(statement);
            if (made.isPresent()) {
                groups.found(connection, id, PERSONAL);
                return made.get();
            }
            return find(connection, id).orElseThrow(() -> new IllegalStateException("no account for its id"));
        }
    }

    static Optional<User> one(PreparedStatement statement) throws SQLException {
        try (ResultSet row = statement.executeQuery()) {
            return row.next() ? Optional.of(User.read(row)) : Optional.empty();
        }
    }
}
