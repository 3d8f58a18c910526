package gptbroker.store;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.SQLTimeoutException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import javax.sql.DataSource;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.FlywayException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Runs Flyway over {@code db/migration}, outside the pool: a migration may take longer than a statement. */
final class Migrations {
    static final String HISTORY_TABLE = "gptbroker_schema";
    private static final Logger LOG = LoggerFactory.getLogger(Migrations.class);
    private static final Duration FOREVER = Duration.ofDays(1);

    /** Names what of Supabase is there; row level security is laid out anew whenever the answer changes. */
    private static final String SUPABASE = """
            select case
              when not exists (select from pg_proc p join pg_namespace n on n.oid = p.pronamespace
                where n.nspname = 'auth' and p.proname = 'uid' and has_schema_privilege(n.oid, 'usage')) then 'none'
              when not exists (select from pg_roles where rolname = 'authenticated') then 'auth'
              else 'auth+authenticated' end,
              current_setting('server_encoding')""";

    /** Reads every column that the archive writes: a column that is gone is found at start, not at the first row. */
    private static final String[] CHECKS = {
        """
        select id, content, content_exact, "timestamp", user_id, caller_kind, caller_id, endpoint, model,
          project_id
        from inputs limit 0""",
        """
        select id, input_id, content, content_exact, text_rank, "timestamp", user_id, caller_id, endpoint, model,
          status, status_rank, finish_reason, prompt_tokens, completion_tokens, units, cost_usd, latency_ms,
          first_token_ms, upstream_id, error_code, cached_tokens, reasoning_tokens, charged_tokens, price_date,
          usage_estimated
        from responses limit 0""",
        "select stream, entry_id, exchange_id, raw, reason, parked_at from archive_dead limit 0",
        """
        select id, slug, name, model, system_prompt, temperature, max_tokens, limits, version, created_at
        from broker_projects limit 0""",
        """
        select id, project_id, user_id, name, sha256, prefix, limits, version, created_at, last_used_at, revoked_at
        from broker_api_keys limit 0""",
        "select user_id, erased_at from erased_users limit 0",
        "select id, erased_at from erased_exchanges limit 0",
        """
        select id, username, username_key, password_hash, first_name, last_name, external_id, created_at, updated_at
        from broker_users limit 0""",
        "select token_hash, id, user_id, created_at, expires_at from broker_sessions limit 0",
        "select id, name, description, owner_id, created_at, updated_at from broker_groups limit 0",
        "select group_id, user_id, created_at from broker_group_members limit 0",
        "select id, name, model, user_id, group_id, next_seq, created_at, updated_at from broker_chats limit 0",
        "select chat_id, user_id, created_at, deleted_at from broker_chat_users limit 0",
        "select id, caller_id, client_ip, method, endpoint, status, code, duration_us from broker_events limit 0",
        """
        select id, chat_id, seq, user_id, prompt, reply, model, otr, context_turns, asked_as, asked_again,
          created_at, updated_at
        from broker_messages limit 0""",
    };

    private final DataSource source;
    private final boolean mayChange;
    private volatile boolean done;
    private @Nullable FutureTask<Void> attempt;

    Migrations(DataSource source, boolean mayChange) {
        this.source = source;
        this.mayChange = mayChange;
    }

    /** Waits for the schema, however long another process takes to make it. */
    void apply() throws SQLException {
        apply(FOREVER);
    }

    /** The same for somebody who cannot wait: after so long the attempt goes on without them. */
    void apply(Duration patience) throws SQLException {
        if (done) {
            return;
        }
        try {
            attempt().get(patience.toNanos(), TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            throw new SQLTimeoutException("the schema is not there yet", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new SQLTimeoutException("interrupted while waiting for the schema", e);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof SQLException sql) {
                throw sql;
            }
            throw e.getCause() instanceof RuntimeException failure ? failure : new IllegalStateException(e.getCause());
        }
    }

    /** One for all who wait: one after the other they would wait for each other's time-outs. */
    private synchronized Future<?> attempt() {
        FutureTask<Void> known = attempt;
        if (known != null && !known.isDone()) {
            return known;
        }
        var fresh = new FutureTask<Void>(() -> {
            applyOnce();
            return null;
        });
        attempt = fresh;
        Thread.ofVirtual().name("migration").start(fresh);
        return fresh;
    }

    private void applyOnce() throws SQLException {
        if (done) {
            return;
        }
        if (mayChange) {
            migrate(supabase());
        }
        check();
        done = true;
    }

    private String supabase() throws SQLException {
        try (Connection connection = source.getConnection();
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(SUPABASE)) {
            row.next();
            if (!row.getString(2).equals("UTF8")) {
                throw new SchemaException(
                        "database encoding is " + row.getString(2) + ", the archive needs UTF8", null);
            }
            return row.getString(1);
        } catch (SQLException e) {
            throw failure("database refuses", e, e);
        }
    }

    private void migrate(String supabase) throws SQLException {
        try {
            var result = Flyway.configure(Migrations.class.getClassLoader())
                    .dataSource(source)
                    .locations("classpath:db/migration")
                    .table(HISTORY_TABLE)
                    // A project's own schema is rarely empty; version 0 lets our first migration run in it.
                    .baselineOnMigrate(true)
                    .baselineVersion("0")
                    .placeholders(Map.of("supabase", supabase))
                    .load()
                    .migrate();
            if (result.migrationsExecuted > 0) {
                LOG.info("database schema is at version {}", result.targetSchemaVersion);
            }
        } catch (FlywayException e) {
            throw failure(e);
        }
        closeHistory(supabase);
    }

    /** Supabase grants every new table to the browser's roles; Flyway's own is none of their business. */
    private void closeHistory(String supabase) throws SQLException {
        if (!supabase.equals("none")) {
            try (Connection connection = source.getConnection();
                    Statement statement = connection.createStatement()) {
                statement.execute("alter table " + HISTORY_TABLE + " enable row level security");
            }
        }
    }

    private static SQLException failure(FlywayException e) {
        for (Throwable cause = e; cause != null; cause = cause.getCause()) {
            if (cause instanceof SQLException sql) {
                return failure("database migration failed", sql, e);
            }
        }
        throw new SchemaException("database migration failed: " + SqlErrors.firstLine(e.getMessage()), e);
    }

    /** Tells an unreachable server, which may come back, from one that needs the operator. */
    private static SQLException failure(String what, SQLException sql, Exception e) {
        if (SqlErrors.meanAway(sql)) {
            return sql;
        }
        throw new SchemaException(what + ": " + SqlErrors.firstLine(sql.getMessage()), e);
    }

    private void check() throws SQLException {
        try (Connection connection = source.getConnection();
                Statement statement = connection.createStatement()) {
            for (String check : CHECKS) {
                statement.execute(check);
            }
        } catch (SQLException e) {
            throw failure("database schema is not usable (run `broker migrate`)", e, e);
        }
    }
}
