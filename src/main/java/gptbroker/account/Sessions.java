package gptbroker.account;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import gptbroker.config.Secret;
import gptbroker.identity.Caller;
import gptbroker.identity.SessionLookup;
import gptbroker.problem.Problem;
import gptbroker.problem.ProblemCode;
import gptbroker.store.Database;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/**
 * Sign-ins to our own accounts. A token is 48 characters, the base64 of a random UUID (122 bits, S1.14); only its
 * SHA-256 is kept, and nothing is cached, so that a sign-out counts on every replica at once. Thread-safe; every method
 * throws {@code Problem} 503 {@code identity_unavailable} when Postgres does not answer within its limits.
 */
public final class Sessions implements SessionLookup {
    /** The oldest ones end beyond it. */
    private static final int MOST = 50;

    private static final String FIND =
            "select user_id, expires_at from broker_sessions where token_hash = ? and expires_at > now()";
    private static final String OPEN =
            "insert into broker_sessions (token_hash, id, user_id, expires_at) values (?, ?, ?, now() + ?::interval)"
                    + " returning expires_at";
    private static final String SWEEP = """
            delete from broker_sessions where token_hash in (
              (select token_hash from broker_sessions where user_id = ? order by created_at desc offset ?)
              union all
              (select token_hash from broker_sessions where expires_at < now() limit 100))""";
    private static final String LIST = """
            select id, created_at, expires_at from broker_sessions
            where user_id = ? and expires_at > now() order by created_at desc""";

    private static final int LOOK_UPS_AT_ONCE = 2;
    private static final long PATIENCE_MILLIS = 500;
    private static final Duration RETRY_AFTER = Duration.ofSeconds(2);

    private final Semaphore lookUps = new Semaphore(LOOK_UPS_AT_ONCE);
    private final Database database;
    private final Duration lifetime;

    /** @param lifetime {@code SESSION_TTL} */
    public Sessions(Database database, Duration lifetime) {
        this.database = database;
        this.lifetime = lifetime;
    }

    /** A new session; the only time that its token is seen. */
    public record Opened(Secret token, Instant expiresAt) {}

    /** A session as its owner or the operator sees it. */
    public record Listed(UUID id, Instant createdAt, Instant expiresAt) {}

    /** Few at a time: guesses must not take the archive's connections away. */
    @Override
    public Optional<Caller> find(byte[] sha256) {
        if (!mayLookUp()) {
            throw Problem.of(ProblemCode.IDENTITY_UNAVAILABLE, "too many sessions are being looked up")
                    .retryAfter(RETRY_AFTER);
        }
        try {
            return database.answer(ProblemCode.IDENTITY_UNAVAILABLE, connection -> find(connection, sha256));
        } finally {
            lookUps.release();
        }
    }

    private boolean mayLookUp() {
        try {
            return lookUps.tryAcquire(PATIENCE_MILLIS, TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    private static Optional<Caller> find(Connection connection, byte[] sha256) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(FIND)) {
            statement.setBytes(1, sha256);
            try (ResultSet row = statement.executeQuery()) {
                return row.next() ? Optional.of(caller(row)) : Optional.empty();
            }
        }
    }

    private static Caller caller(ResultSet row) throws SQLException {
        UUID user = row.getObject(1, UUID.class);
        return new Caller(
                user.toString(), Caller.Kind.SESSION, Caller.LOCAL_TIER, false, Optional.of(user), instant(row, 2));
    }

    /** Opens one in the caller's transaction, and clears away what has ended. */
    Opened open(Connection connection, UUID user) throws SQLException {
        String token =
                Base64.getEncoder().encodeToString(UUID.randomUUID().toString().getBytes(US_ASCII));
        Instant expires;
        try (PreparedStatement statement = connection.prepareStatement(OPEN)) {
            statement.setBytes(1, sha256(token));
            statement.setObject(2, UUID.randomUUID());
            statement.setObject(3, user);
            statement.setString(4, lifetime.toString());
            try (ResultSet row = statement.executeQuery()) {
                row.next();
                expires = instant(row, 1);
            }
        }
        try (PreparedStatement statement = connection.prepareStatement(SWEEP)) {
            statement.setObject(1, user);
            statement.setInt(2, MOST);
            statement.executeUpdate();
        }
        return new Opened(new Secret(token), expires);
    }

    /** Ends the one with this token, if there is one. */
    public void close(String token) {
        database.answer(ProblemCode.IDENTITY_UNAVAILABLE, connection -> {
            try (PreparedStatement statement =
                    connection.prepareStatement("delete from broker_sessions where token_hash = ?")) {
                statement.setBytes(1, sha256(token));
                return statement.executeUpdate();
            }
        });
    }

    /** Ends all of a user; how many. */
    public int closeAll(UUID user) {
        return database.answer(ProblemCode.IDENTITY_UNAVAILABLE, connection -> closeAll(connection, user));
    }

    static int closeAll(Connection connection, UUID user) throws SQLException {
        try (PreparedStatement statement =
                connection.prepareStatement("delete from broker_sessions where user_id = ?")) {
            statement.setObject(1, user);
            return statement.executeUpdate();
        }
    }

    /** Ends all of a user but the one with this token; how many. */
    static int closeOthers(Connection connection, UUID user, String kept) throws SQLException {
        try (PreparedStatement statement =
                connection.prepareStatement("delete from broker_sessions where user_id = ? and token_hash <> ?")) {
            statement.setObject(1, user);
            statement.setBytes(2, sha256(kept));
            return statement.executeUpdate();
        }
    }

    /** Those of a user that have not ended, the newest first. */
    public List<Listed> of(UUID user) {
        return database.answer(ProblemCode.IDENTITY_UNAVAILABLE, connection -> {
            var sessions = new ArrayList<Listed>();
            try (PreparedStatement statement = connection.prepareStatement(LIST)) {
                statement.setObject(1, user);
                try (ResultSet row = statement.executeQuery()) {
                    while (row.next()) {
                        sessions.add(new Listed(row.getObject(1, UUID.class), instant(row, 2), instant(row, 3)));
                    }
                }
            }
            return sessions;
        });
    }

    private static Instant instant(ResultSet row, int column) throws SQLException {
        return row.getObject(column, OffsetDateTime.class).toInstant();
    }

    private static byte[] sha256(String token) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(token.getBytes(UTF_8));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java runtime has SHA-256", e);
        }
    }
}
