package gptbroker.store;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import gptbroker.config.Secret;
import gptbroker.problem.Problem;
import gptbroker.problem.ProblemCode;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import org.postgresql.ds.PGSimpleDataSource;

/**
 * A small pool of connections to the archive's Postgres. It can be made while Postgres is away, and finds it again by
 * itself. Waiting for a connection ends after 1 s, a statement after 5 s, an answer that never comes after 15 s, and so
 * does a request's wait for the schema.
 *
 * <p>Thread-safe.
 */
public final class Database implements AutoCloseable {
    private static final int CONNECT_SECONDS = 5;
    private static final int SILENCE_SECONDS = 15;
    private static final int MIGRATION_SECONDS = 600;
    private static final long POOL_WAIT_MILLIS = 1_000;
    private static final Duration RETRY_AFTER = Duration.ofSeconds(5);

    /**
     * Statements, not start-up options: connection poolers in front of Postgres refuse those. Where commits do not wait
     * for the disk, a crash of Postgres would take rows with it that Redis has already forgotten.
     */
    private static final String SESSION = """
            set statement_timeout = '5s';
            select set_config('synchronous_commit', 'on', false) where current_setting('synchronous_commit') = 'off'""";

    private final HikariDataSource pool;
    private final Migrations migrations;
    private final Duration patience;

    /**
     * @param url {@code postgresql://user:password@host:port/name}
     * @param poolSize {@code DATABASE_POOL_SIZE}
     * @param migrate {@code DATABASE_MIGRATE}: whether {@link #migrate} changes the schema or only checks it
     * @throws IllegalArgumentException when the address is not one
     */
    public Database(Secret url, int poolSize, boolean migrate) {
        this(url, poolSize, migrate, Duration.ofSeconds(SILENCE_SECONDS));
    }

    /** @param patience of requests with a schema that is not there yet */
    Database(Secret url, int poolSize, boolean migrate, Duration patience) {
        this.patience = patience;
        PostgresUrl address = PostgresUrl.parse(url);
        this.migrations = new Migrations(direct(address.dataSource()), migrate);
        this.pool = pool(address.dataSource(), poolSize);
    }

    private static PGSimpleDataSource direct(PGSimpleDataSource source) {
        source.setLoginTimeout(CONNECT_SECONDS);
        source.setSocketTimeout(MIGRATION_SECONDS);
        return source;
    }

    private static HikariDataSource pool(PGSimpleDataSource source, int size) {
        source.setSocketTimeout(SILENCE_SECONDS); // a stopped server cannot enforce its statement_timeout
        var config = new HikariConfig();
        config.setPoolName("archive");
        config.setDataSource(source);
        config.setMaximumPoolSize(size);
        config.setMinimumIdle(Math.min(1, size));
        config.setConnectionTimeout(POOL_WAIT_MILLIS);
        config.setValidationTimeout(POOL_WAIT_MILLIS - 250);
        config.setInitializationFailTimeout(-1);
        config.setConnectionInitSql(SESSION);
        var pool = new HikariDataSource(config);
        // The pool has set its own 1 s; a hosted database behind TLS on another continent needs longer to shake hands.
        source.setLoginTimeout(CONNECT_SECONDS);
        return pool;
    }

    /**
     * Brings the schema to this version, once; later calls return at once. Safe to call from several processes.
     *
     * @throws SQLException when Postgres cannot be reached: try again later
     * @throws SchemaException when it can, but login or schema are wrong: the operator must act
     */
    public void migrate() throws SQLException {
        migrations.apply();
    }

    /**
     * The same for a request, which waits for a limited time; the migration goes on without it.
     *
     * @throws SQLException also when the schema is not there in time
     * @throws SchemaException as {@link #migrate}
     */
    public void requireSchema() throws SQLException {
        migrations.apply(patience);
    }

    /** Whether Postgres answers within 1 s. */
    public boolean ready() {
        try (Connection connection = pool.getConnection()) {
            return connection.isValid(1);
        } catch (SQLException e) {
            return false;
        }
    }

    /**
     * Does work in one transaction: commits when it returns, rolls back when it throws.
     *
     * @throws SQLException from the work, or when there is no connection; after a failed commit it is unknown whether
     *     the work is stored
     */
    public <T> T transaction(Work<T> work) throws SQLException {
        try (Connection connection = pool.getConnection()) {
            connection.setAutoCommit(false);
            try {
                T result = work.in(connection);
                connection.commit();
                return result;
            } catch (SQLException | RuntimeException e) {
                rollBack(connection, e);
                throw e;
            }
        }
    }

    /**
     * Does what a request waits for in one transaction, with the schema in place.
     *
     * @param away what the client is told when Postgres does not answer within its limits, or refuses
     * @throws Problem with that code
     */
    public <T> T answer(ProblemCode away, Work<T> work) {
        try {
            requireSchema();
            return transaction(work);
        } catch (SQLException e) {
            throw Problem.of(away, SqlErrors.describe(e), e).retryAfter(RETRY_AFTER);
        }
    }

    private static void rollBack(Connection connection, Exception cause) {
        try {
            connection.rollback();
        } catch (SQLException e) {
            cause.addSuppressed(e);
        }
    }

    /** Closes the pool; running statements are cut. */
    @Override
    public void close() {
        pool.close();
    }

    /** What is done inside a transaction. */
    @FunctionalInterface
    public interface Work<T> {
        /** Uses the connection, and leaves committing to the caller. */
        T in(Connection connection) throws SQLException;
    }
}
