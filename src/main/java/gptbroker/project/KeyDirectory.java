package gptbroker.project;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import gptbroker.identity.Caller;
import gptbroker.identity.KeyLookup;
import gptbroker.problem.Problem;
import gptbroker.problem.ProblemCode;
import gptbroker.project.KeyCache.Known;
import gptbroker.store.Database;
import gptbroker.store.SqlErrors;
import java.sql.SQLException;
import java.time.Duration;
import java.util.HexFormat;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Whose an API key is: Redis first, the database behind it. With Redis away the database is asked, with the database
 * away what Redis has counts for an hour, with both away nobody is let in. Thread-safe.
 *
 * <p>Nothing that opens a door is kept in this process, so a revocation holds at once on every broker. What keeps one
 * shut is: keys that were not found a moment ago. Guesses without a good checksum cost no store anything; the others
 * share two look-ups into the database at a time.
 */
final class KeyDirectory implements KeyLookup {
    private static final int MOST_UNKNOWN = 10_000;
    private static final int MOST_PROJECTS = 10_000;
    private static final Duration UNKNOWN_FOR = Duration.ofSeconds(10);
    private static final int LOOK_UPS_AT_ONCE = 2;
    private static final long PATIENCE_MILLIS = 500;
    private static final Duration RETRY_AFTER = Duration.ofSeconds(2);

    private final KeyCache cache;
    private final Database database;
    private final LastUses lastUses;
    private final Semaphore lookUps = new Semaphore(LOOK_UPS_AT_ONCE);
    private final Cache<String, Boolean> unknown = Caffeine.newBuilder()
            .maximumSize(MOST_UNKNOWN)
            .expireAfterWrite(UNKNOWN_FOR)
            .build();
    private final Cache<UUID, Project> projects =
            Caffeine.newBuilder().maximumSize(MOST_PROJECTS).build();

    KeyDirectory(KeyCache cache, Database database, LastUses lastUses) {
        this.cache = cache;
        this.database = database;
        this.lastUses = lastUses;
    }

    @Override
    public Optional<Caller> find(String key, byte[] sha256) {
        if (!KeyText.isPlausible(key)) {
            return Optional.empty();
        }
        String hash = HexFormat.of().formatHex(sha256);
        if (unknown.getIfPresent(hash) != null) {
            return Optional.empty();
        }
        Optional<Known> known = cache.find(hash);
        Optional<KeyEntry> entry = known.filter(Known::fresh).map(Known::entry);
        if (entry.isEmpty()) {
            entry = ask(hash, known.map(Known::entry).orElse(null));
        }
        if (entry.isEmpty()) {
            unknown.put(hash, true);
        }
        return entry.filter(found -> !found.revoked()).map(this::use);
    }

    /** The project of a caller who has just been found, as the look-up saw it or newer; never asks a store. */
    Optional<Project> projectOf(Caller caller) {
        return caller.projectId().map(projects::getIfPresent);
    }

    private Caller use(KeyEntry entry) {
        lastUses.touch(entry.keyId());
        entry.project().ifPresent(this::remember);
        return entry.caller();
    }

    private void remember(Project project) {
        Project known = projects.getIfPresent(project.id());
        if (known == null || known.version() != project.version()) {
            projects.asMap().merge(project.id(), project, (a, b) -> a.version() > b.version() ? a : b);
        }
    }

    /** What the database says, told to Redis; what Redis had said while the database does not answer. */
    private Optional<KeyEntry> ask(String hash, @Nullable KeyEntry stale) {
        try {
            Optional<KeyEntry> found = read(hash);
            if (found.isPresent()) {
                cache.keep(hash, found.get());
            } else if (stale != null) {
                // Rotated away while Redis could not be told.
                cache.keep(hash, stale.gone(stale.version() + 1));
            }
            return found;
        } catch (SQLException e) {
            if (stale != null) {
                return Optional.of(stale);
            }
            throw Problem.of(ProblemCode.IDENTITY_UNAVAILABLE, SqlErrors.describe(e), e)
                    .retryAfter(RETRY_AFTER);
        }
    }

    /** At most two at a time: guesses must not take the archive's connections away. */
    private Optional<KeyEntry> read(String hash) throws SQLException {
        try {
            if (!lookUps.tryAcquire(PATIENCE_MILLIS, TimeUnit.MILLISECONDS)) {
                throw new SQLException("too many keys are being looked up");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new SQLException("interrupted", e);
        }
        try {
            database.requireSchema();
            return database
                    .transaction(connection -> Rows.query(connection, Rows.ENTRY + "k.sha256 = ?", Rows::entry, (Object)
                            HexFormat.of().parseHex(hash)))
                    .stream()
                    .map(Rows.Looked::entry)
                    .findFirst();
        } finally {
            lookUps.release();
        }
    }
}
