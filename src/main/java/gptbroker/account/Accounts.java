package gptbroker.account;

import com.fasterxml.jackson.databind.node.ArrayNode;
import gptbroker.config.BrokerConfig;
import gptbroker.http.Fields;
import gptbroker.ops.Meters;
import gptbroker.problem.Problem;
import gptbroker.problem.ProblemCode;
import gptbroker.store.Database;
import gptbroker.store.RedisConnections;
import gptbroker.store.RedisKeys;
import gptbroker.store.RedisPipe;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Optional;
import java.util.UUID;

/**
 * Signing up, in and out of accounts of our own. No connection is held while a password is computed. Thread-safe; what
 * needs Postgres throws {@link Problem} 503 {@code identity_unavailable} when it does not answer within its limits.
 */
public final class Accounts implements AutoCloseable {
    private static final String INSERT = "insert into broker_users"
            + " (id, username, username_key, password_hash, first_name, last_name) values (?, ?, ?, ?, ?, ?)"
            + " on conflict (username_key) do nothing returning " + User.COLUMNS;
    private static final String CREDENTIALS =
            "select id, password_hash from broker_users where username_key = ? and password_hash is not null";
    private static final String UPDATE = "update broker_users set username = coalesce(?, username),"
            + " username_key = coalesce(?, username_key), first_name = coalesce(?, first_name),"
            + " last_name = coalesce(?, last_name), updated_at = now() where id = ? returning " + User.COLUMNS;
    private static final String SET_PASSWORD =
            "update broker_users set password_hash = ?, updated_at = now() where id = ? and password_hash = ?";

    private static final String RESET_PASSWORD =
            "update broker_users set password_hash = ?, updated_at = now() where id = ?";

    private final Database database;
    private final NewPassword rules;
    private final Membership groups;
    private final Sessions sessions;
    private final Passwords passwords = Passwords.ofThisMachine();
    private final RedisPipe redis;
    private final Throttle throttle;

    /**
     * Opens a connection to Redis for what counts attempts; close it when the last request is through.
     *
     * @param groups told of each new account
     */
    public Accounts(
            BrokerConfig config,
            Database database,
            Sessions sessions,
            Membership groups,
            RedisConnections connections,
            Meters meters) {
        this.database = database;
        this.groups = groups;
        this.sessions = sessions;
        this.rules = new NewPassword(config.accounts().shortestPassword());
        BrokerConfig.Redis counters = config.redis();
        this.redis = new RedisPipe(connections, 1, counters.timeout(), meters);
        this.throttle = new Throttle(
                redis,
                new RedisKeys(counters.prefix(), counters.partitions()),
                config.accounts().signupsPerHour(),
                config.accounts().turnsPerMinute());
    }

    /** What a new account is made of; the group is the first that it owns. */
    record Application(
            Username username, String password, Optional<String> firstName, Optional<String> lastName, String group) {}

    /** An account with its groups. */
    public record Profile(User user, ArrayNode groups) {}

    /** An account and the session that has just begun. */
    record SignedIn(Profile profile, Sessions.Opened session) {}

    /**
     * Makes an account and signs it in.
     *
     * @param address the client's network
     * @throws Problem 409 {@code username_taken}, 429 {@code attempts_exceeded}, 503
     */
    SignedIn signUp(Application wanted, String address) throws InterruptedException {
        return register(
                wanted,
                address,
                (connection, user) -> new SignedIn(profile(connection, user), sessions.open(connection, user.id())));
    }

    /** What else belongs to a new account, in the transaction that makes it. */
    @FunctionalInterface
    public interface Dowry<T> {
        /** Makes it. */
        T of(Connection connection, User user) throws SQLException;
    }

    /**
     * Makes an account, without signing it in.
     *
     * @param username already looked at: a name, see {@link Fields#name}
     * @param address the client's network
     * @throws Problem as {@link #signUp}
     */
    public <T> T register(String username, String password, String address, Dowry<T> dowry)
            throws InterruptedException {
        var wanted =
                new Application(Username.of(username), password, Optional.empty(), Optional.empty(), Users.PERSONAL);
        return register(wanted, address, dowry);
    }

    private <T> T register(Application wanted, String address, Dowry<T> dowry) throws InterruptedException {
        throttle.signup(address);
        requireFree(wanted.username());
        String hash = passwords.hash(wanted.password());
        return answer(connection -> dowry.of(connection, insert(connection, wanted, hash)));
    }

    /** What counts attempts, and turns. */
    public Throttle throttle() {
        return throttle;
    }

    /** What a new password in a field has to be; as {@code PASSWORD_MIN_LENGTH} says. */
    public String newPassword(Fields fields, String field) {
        return rules.in(fields, field);
    }

    /**
     * Makes an account that nobody is signed in to, without a limit: for the operator.
     *
     * @throws Problem 400 {@code parameter_invalid}, 409 {@code username_taken}
     */
    public Profile create(Fields fields, String field, String password) throws InterruptedException {
        Username username = Username.of(fields, field).orElseThrow(() -> Fields.invalid(field));
        var wanted = new Application(username, password, Optional.empty(), Optional.empty(), Users.PERSONAL);
        requireFree(wanted.username());
        String hash = passwords.hash(password);
        return answer(connection -> profile(connection, insert(connection, wanted, hash)));
    }

    /** Spares the work of a hash; the unique index is what decides. */
    private void requireFree(Username username) {
        boolean taken = answer(connection -> {
            try (PreparedStatement statement =
                    connection.prepareStatement("select 1 from broker_users where username_key = ?")) {
                statement.setString(1, username.key());
                return statement.executeQuery().next();
            }
        });
        if (taken) {
            throw Problem.of(ProblemCode.USERNAME_TAKEN);
        }
    }

    private User insert(Connection connection, Application wanted, String hash) throws SQLException {
        UUID id = UUID.randomUUID();
        try (PreparedStatement statement = connection.prepareStatement(INSERT)) {
            statement.setObject(1, id);
            statement.setString(2, wanted.username().shown());
            statement.setString(3, wanted.username().key());
            statement.setString(4, hash);
            statement.setString(5, wanted.firstName().orElseGet(wanted.username()::localPart));
            statement.setString(6, wanted.lastName().orElse(""));
            User user = Users.one(statement).orElseThrow(() -> Problem.of(ProblemCode.USERNAME_TAKEN));
            groups.found(connection, id, wanted.group());
            return user;
        }
    }

    private record Credentials(UUID id, String hash) {}

    /**
     * Signs in. An unknown name and a wrong password cannot be told apart, neither by the answer nor by its time.
     *
     * @throws Problem 401 {@code login_failed}, 429 {@code attempts_exceeded}, 503
     */
    SignedIn signIn(Username username, String password, String address) throws InterruptedException {
        Throttle.Attempt attempt = throttle.guess(username.key(), address);
        Optional<Credentials> known = answer(connection -> credentials(connection, username));
        if (!passwords.matches(password, known.map(Credentials::hash))) {
            throw Problem.of(ProblemCode.LOGIN_FAILED);
        }
        attempt.forgive();
        Credentials own = known.orElseThrow();
        if (Passwords.isOutdated(own.hash())) {
            String better = passwords.hash(password);
            answer(connection -> setPassword(connection, own.id(), own.hash(), better));
        }
        return answer(connection -> {
            User user = Users.find(connection, own.id()).orElseThrow(() -> Problem.of(ProblemCode.LOGIN_FAILED));
            return new SignedIn(profile(connection, user), sessions.open(connection, user.id()));
        });
    }

    /**
     * Changes a user's own password and ends all other sessions.
     *
     * @param session the token that stays good
     * @throws Problem 401 {@code password_wrong}, 429 {@code attempts_exceeded}, 503
     */
    void changePassword(UUID user, String old, String fresh, String session, String address)
            throws InterruptedException {
        Throttle.Attempt attempt = throttle.guess(user.toString(), address);
        Optional<String> known = answer(connection -> hashOf(connection, user));
        if (!passwords.matches(old, known)) {
            throw Problem.of(ProblemCode.PASSWORD_WRONG);
        }
        attempt.forgive();
        String hash = passwords.hash(fresh);
        answer(connection -> {
            if (setPassword(connection, user, known.orElseThrow(), hash) == 0) {
                // Somebody else has just changed it.
                throw Problem.of(ProblemCode.PASSWORD_WRONG);
            }
            return Sessions.closeOthers(connection, user, session);
        });
    }

    /**
     * Gives an account a new password, whatever the old one was, and ends all of its sessions: for the operator.
     *
     * @return how many sessions ended
     * @throws Problem 404 {@code not_found}; 403 {@code access_denied} for a Supabase user, who has none here
     */
    public int reset(UUID user, String password) throws InterruptedException {
        String hash = passwords.hash(password);
        return answer(connection -> {
            User found = Users.find(connection, user).orElseThrow(() -> Problem.of(ProblemCode.NOT_FOUND));
            if (found.supabase()) {
                throw Problem.of(ProblemCode.ACCESS_DENIED, "Supabase keeps this user's password");
            }
            try (PreparedStatement statement = connection.prepareStatement(RESET_PASSWORD)) {
                statement.setString(1, hash);
                statement.setObject(2, user);
                statement.executeUpdate();
            }
            return Sessions.closeAll(connection, user);
        });
    }

    /**
     * Changes names; what is empty stays.
     *
     * @throws Problem 409 {@code username_taken}
     */
    Profile rename(UUID user, Optional<Username> username, Optional<String> firstName, Optional<String> lastName) {
        return answer(connection -> {
            try (PreparedStatement statement = connection.prepareStatement(UPDATE)) {
                statement.setString(1, username.map(Username::shown).orElse(null));
                statement.setString(2, username.map(Username::key).orElse(null));
                statement.setString(3, firstName.orElse(null));
                statement.setString(4, lastName.orElse(null));
                statement.setObject(5, user);
                User renamed = Users.one(statement).orElseThrow(() -> Problem.of(ProblemCode.TOKEN_INVALID));
                return profile(connection, renamed);
            } catch (SQLException e) {
                if ("23505".equals(e.getSQLState())) {
                    throw Problem.of(ProblemCode.USERNAME_TAKEN);
                }
                throw e;
            }
        });
    }

    /** A user with the groups that it belongs to. */
    Profile profile(User user) {
        return answer(connection -> profile(connection, user));
    }

    private Profile profile(Connection connection, User user) throws SQLException {
        return new Profile(user, groups.of(connection, user.id()));
    }

    private static Optional<Credentials> credentials(Connection connection, Username username) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(CREDENTIALS)) {
            statement.setString(1, username.key());
            try (ResultSet row = statement.executeQuery()) {
                return row.next()
                        ? Optional.of(new Credentials(row.getObject(1, UUID.class), row.getString(2)))
                        : Optional.empty();
            }
        }
    }

    private static Optional<String> hashOf(Connection connection, UUID user) throws SQLException {
        try (PreparedStatement statement =
                connection.prepareStatement("select password_hash from broker_users where id = ?")) {
            statement.setObject(1, user);
            try (ResultSet row = statement.executeQuery()) {
                return row.next() ? Optional.ofNullable(row.getString(1)) : Optional.empty();
            }
        }
    }

    private static int setPassword(Connection connection, UUID user, String before, String after) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(SET_PASSWORD)) {
            statement.setString(1, after);
            statement.setObject(2, user);
            statement.setString(3, before);
            return statement.executeUpdate();
        }
    }

    @Override
    public void close() {
        passwords.close();
        redis.close();
    }

    private <T> T answer(Database.Work<T> work) {
        return database.answer(ProblemCode.IDENTITY_UNAVAILABLE, work);
    }
}
