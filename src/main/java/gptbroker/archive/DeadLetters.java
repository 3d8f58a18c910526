package gptbroker.archive;

import gptbroker.problem.Problem;
import gptbroker.store.Database;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/**
 * The outbox entries that could not be stored, without their content. Thread-safe; every method throws {@link Problem}
 * 503 {@code archive_unavailable} when Postgres does not answer within its limits.
 */
public final class DeadLetters {
    private static final String LATEST = "select stream, entry_id, exchange_id, reason, octet_length(raw), parked_at"
            + " from archive_dead order by parked_at desc, entry_id desc limit ?";

    private final Database database;

    /** Over this archive. */
    public DeadLetters(Database database) {
        this.database = database;
    }

    /**
     * One entry.
     *
     * @param exchangeId the request id, when the entry could be read so far
     * @param reason {@code undecodable}, an SQLSTATE, or the class of a defect of ours
     */
    public record Dead(
            String stream, String entryId, Optional<UUID> exchangeId, String reason, long bytes, Instant parkedAt) {}

    /** How many there are. */
    public long count() {
        return Reading.of(database, connection -> {
            try (PreparedStatement statement = connection.prepareStatement("select count(*) from archive_dead");
                    ResultSet row = statement.executeQuery()) {
                row.next();
                return row.getLong(1);
            }
        });
    }

    /** The latest ones. */
    public List<Dead> latest(int limit) {
        return Reading.of(database, connection -> {
            var dead = new ArrayList<Dead>();
            try (PreparedStatement statement = connection.prepareStatement(LATEST)) {
                statement.setInt(1, limit);
                try (ResultSet rows = statement.executeQuery()) {
                    while (rows.next()) {
                        dead.add(new Dead(
                                rows.getString(1),
                                rows.getString(2),
                                Optional.ofNullable(rows.getObject(3, UUID.class)),
                                rows.getString(4),
                                rows.getLong(5),
                                rows.getObject(6, OffsetDateTime.class).toInstant()));
                    }
                }
            }
            return dead;
        });
    }
}
