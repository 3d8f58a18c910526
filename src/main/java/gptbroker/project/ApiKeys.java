package gptbroker.project;

import com.fasterxml.jackson.databind.JsonNode;
import gptbroker.config.Secret;
import gptbroker.identity.OwnLimits;
import gptbroker.problem.Problem;
import gptbroker.problem.ProblemCode;
import gptbroker.store.Database;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;

/**
 * The API keys of projects and accounts, for the operator. A change is in the database when a method returns, and in the look-up
 * cache unless Redis is away. Thread-safe; every method throws {@link Problem} 503 {@code archive_unavailable} when
 * Postgres does not answer within its limits.
 */
public final class ApiKeys {
    private static final int LONGEST_NAME = 200;
    private static final String ONE = "select " + Rows.KEY + " from broker_api_keys k where k.id = ?";

    private final Database database;
    private final KeyCache cache;
    private final InstantSource clock;

    ApiKeys(Database database, KeyCache cache, InstantSource clock) {
        this.database = database;
        this.cache = cache;
        this.clock = clock;
    }

    /**
     * What the operator says about a new key.
     *
     * @param name for people, at most 200 letters; may be empty
     * @param limits of its own
     */
    public record Wish(String name, OwnLimits limits) {
        /** @throws Problem 400 {@code parameter_invalid} */
        public static Wish read(JsonNode json) {
            Fields fields = Fields.of(json, Set.of("name", LimitsJson.FIELD));
            var wish = new Wish(fields.text("name", LONGEST_NAME).orElse(""), LimitsJson.read(fields));
            fields.check();
            return wish;
        }
    }

    /**
     * Makes a key for a project.
     *
     * @param project its id or slug
     * @throws Problem 404 {@code not_found}
     */
    public ApiKey.Change create(String project, Wish wish) {
        return create(
                KeyText.mint(),
                wish,
                connection -> new Owner(
                        Optional.of(Projects.find(connection, project, "").id()), Optional.empty()));
    }

    /** Makes a key for an account: whoever calls with it is the account, with its limits. */
    public ApiKey.Change createFor(UUID user, String name) {
        return create(
                KeyText.mintToken(),
                new Wish(name, OwnLimits.NONE),
                connection -> new Owner(Optional.empty(), Optional.of(user)));
    }

    /** The same in the transaction that makes the account. */
    public Secret createFor(Connection connection, UUID user, String name) throws SQLException {
        Secret text = KeyText.mintToken();
        insert(connection, text, new Wish(name, OwnLimits.NONE), new Owner(Optional.empty(), Optional.of(user)));
        return text;
    }

    private record Owner(Optional<UUID> project, Optional<UUID> user) {}

    private ApiKey.Change create(Secret text, Wish wish, Database.Work<Owner> find) {
        ApiKey key =
                Rows.in(database, connection -> find(connection, insert(connection, text, wish, find.in(connection))));
        // Nobody can have asked for it yet, so there is nothing to correct.
        return new ApiKey.Change(key, Optional.of(text), true);
    }

    private UUID insert(Connection connection, Secret text, Wish wish, Owner owner) throws SQLException {
        UUID id = UUID.randomUUID();
        Rows.update(
                connection,
                "insert into broker_api_keys (id, project_id, user_id, name, sha256, prefix, limits, created_at)"
                        + " values (?, ?, ?, ?, ?, ?, ?::jsonb, ?)",
                id,
                owner.project(),
                owner.user(),
                wish.name(),
                bytes(KeyText.hash(text)),
                KeyText.prefix(text),
                LimitsJson.write(wish.limits()).toString(),
                now());
        return id;
    }

    /**
     * The keys of a project, the newest first, revoked ones too.
     *
     * @param project its id or slug
     * @throws Problem 404 {@code not_found}
     */
    public List<ApiKey> list(String project) {
        return Rows.in(
                database,
                connection -> Rows.query(
                        connection,
                        "select " + Rows.KEY
                                + " from broker_api_keys k where k.project_id = ? order by k.created_at desc, k.id",
                        Rows::key,
                        Projects.find(connection, project, "").id()));
    }

    /**
     * Gives a key a new text; the old one ends. Id, name, limits and counters stay.
     *
     * @throws Problem 404 {@code not_found}, also for one that is revoked
     */
    public ApiKey.Change rotate(UUID id) {
        Secret text = KeyText.mint();
        return change(
                id,
                Optional.of(text),
                connection -> Rows.update(
                        connection,
                        "update broker_api_keys set sha256 = ?, prefix = ?, version = version + 1"
                                + " where id = ? and revoked_at is null",
                        bytes(KeyText.hash(text)),
                        KeyText.prefix(text),
                        id));
    }

    /**
     * Ends a key; repeating it changes nothing.
     *
     * @throws Problem 404 {@code not_found}
     */
    public ApiKey.Change revoke(UUID id) {
        return change(
                id,
                Optional.empty(),
                connection -> Rows.update(
                        connection,
                        "update broker_api_keys set revoked_at = coalesce(revoked_at, ?), version = version + 1 where id = ?",
                        now(),
                        id));
    }

    /** The keys of an account, the newest first, revoked ones too. */
    public List<ApiKey> listOf(UUID user) {
        return Rows.in(
                database,
                connection -> Rows.query(
                        connection,
                        "select " + Rows.KEY
                                + " from broker_api_keys k where k.user_id = ? order by k.created_at desc, k.id",
                        Rows::key,
                        user));
    }

    /** Ends all keys of an account; returns how many there were. */
    public int revokeOf(UUID user) {
        List<UUID> ids = Rows.in(
                database,
                connection -> Rows.query(
                        connection,
                        "select id from broker_api_keys where user_id = ? and revoked_at is null",
                        row -> row.getObject(1, UUID.class),
                        user));
        ids.forEach(this::revoke);
        return ids.size();
    }

    private record Changed(ApiKey key, Rows.Looked before, Rows.Looked after) {}

    /** The text that was good until now is told to be gone, whatever a broker that read it before may say later. */
    private ApiKey.Change change(UUID id, Optional<Secret> text, Database.Work<Integer> update) {
        Changed changed = Rows.in(database, connection -> {
            Rows.query(connection, "select 1 from broker_api_keys where id = ? for update", row -> row.getInt(1), id);
            Rows.Looked before = entry(connection, id);
            if (update.in(connection) == 0) {
                throw noSuchKey();
            }
            return new Changed(find(connection, id), before, entry(connection, id));
        });
        KeyEntry now = changed.after().entry();
        boolean everywhere = cache.keep(changed.before().sha256(), now.gone(now.version()));
        return new ApiKey.Change(changed.key(), text, everywhere);
    }

    private static Rows.Looked entry(Connection connection, UUID id) throws SQLException {
        return Rows.query(connection, Rows.ENTRY + "k.id = ?", Rows::entry, id).stream()
                .findFirst()
                .orElseThrow(ApiKeys::noSuchKey);
    }

    private static ApiKey find(Connection connection, UUID id) throws SQLException {
        return Rows.query(connection, ONE, Rows::key, id).stream().findFirst().orElseThrow(ApiKeys::noSuchKey);
    }

    private static Problem noSuchKey() {
        return Problem.of(ProblemCode.NOT_FOUND, "no such key");
    }

    private Instant now() {
        return clock.instant().truncatedTo(ChronoUnit.MICROS);
    }

    private static byte[] bytes(String hash) {
        return HexFormat.of().parseHex(hash);
    }
}
