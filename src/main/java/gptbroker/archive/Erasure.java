package gptbroker.archive;

import gptbroker.problem.Problem;
import gptbroker.store.Database;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.InstantSource;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/**
 * Erases what a user asked and was answered, up to now, for good: what still waits in an outbox or a spill is dropped
 * when it arrives ({@link Tombstones}). Counters stay, so that nobody gets a new day by erasing. Thread-safe.
 *
 * <p>It goes in short steps, each a transaction that touches {@code erased_users} first: that lock puts it wholly before
 * or wholly after any batch that the archive writes, and a long history holds up neither.
 */
public final class Erasure {
    private static final int STEP = 500;

    private static final String TOMBSTONE = """
            insert into erased_users as e (user_id, erased_at) values (?, ?)
            on conflict (user_id) do update set erased_at = greatest(e.erased_at, excluded.erased_at)""";
    private static final String SOME = "select id from inputs where user_id = ? and \"timestamp\" <= ? limit " + STEP;
    private static final String BURY =
            "insert into erased_exchanges (id, erased_at) select unnest(?::uuid[]), now() on conflict do nothing";

    private final Database database;
    private final InstantSource clock;
    private final List<Elsewhere> elsewhere;

    /** @param clock the one that admission's records are stamped by */
    public Erasure(Database database, InstantSource clock) {
        this(database, clock, List.of());
    }

    /**
     * As above.
     *
     * @param elsewhere what is kept of users beside the archive
     */
    public Erasure(Database database, InstantSource clock, List<Elsewhere> elsewhere) {
        this.database = database;
        this.clock = clock;
        this.elsewhere = List.copyOf(elsewhere);
    }

    /** Keeps something of users beside the archive. Thread-safe. */
    @FunctionalInterface
    public interface Elsewhere {
        /** Erases some of it, in a short transaction; returns whether there is more. */
        boolean eraseSome(Connection connection, UUID user) throws SQLException;
    }

    /**
     * Erases. Repeating it is harmless, and finishes one that was cut off.
     *
     * @return how many exchanges were found in the archive; those still on their way are not counted
     * @throws Problem 503 {@code archive_unavailable} when Postgres does not answer within its limits; some may be gone
     */
    public long erase(UUID user) {
        // Rows keep microseconds: nothing that came before this instant may look later than it.
        Instant upTo = clock.instant().truncatedTo(ChronoUnit.MICROS).plus(1, ChronoUnit.MICROS);
        for (Elsewhere other : elsewhere) {
            while (Reading.of(database, connection -> other.eraseSome(connection, user))) {
                // again
            }
        }
        long erased = 0;
        int step;
        do {
            step = Reading.of(database, connection -> step(connection, user, upTo.atOffset(ZoneOffset.UTC)));
            erased += step;
        } while (step == STEP);
        return erased;
    }

    private static int step(Connection connection, UUID user, OffsetDateTime upTo) throws SQLException {
        try (PreparedStatement tombstone = connection.prepareStatement(TOMBSTONE)) {
            tombstone.setObject(1, user);
            tombstone.setObject(2, upTo);
            tombstone.executeUpdate();
        }
        List<UUID> ids = some(connection, user, upTo);
        if (!ids.isEmpty()) {
            for (String sql : List.of(
                    BURY,
                    "delete from archive_dead where exchange_id = any(?)",
                    "delete from responses where input_id = any(?)",
                    "delete from inputs where id = any(?)")) {
                try (PreparedStatement statement = connection.prepareStatement(sql)) {
                    statement.setArray(1, connection.createArrayOf("uuid", ids.toArray()));
                    statement.executeUpdate();
                }
            }
        }
        return ids.size();
    }

    private static List<UUID> some(Connection connection, UUID user, OffsetDateTime upTo) throws SQLException {
        var ids = new ArrayList<UUID>();
        try (PreparedStatement statement = connection.prepareStatement(SOME)) {
            statement.setObject(1, user);
            statement.setObject(2, upTo);
            try (ResultSet rows = statement.executeQuery()) {
                while (rows.next()) {
                    ids.add(rows.getObject(1, UUID.class));
                }
            }
        }
        return ids;
    }
}
