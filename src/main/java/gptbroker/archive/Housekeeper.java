package gptbroker.archive;

import gptbroker.store.Database;
import gptbroker.store.SchemaException;
import gptbroker.store.SqlErrors;
import java.sql.SQLException;
import java.time.Duration;
import java.time.InstantSource;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Hourly: makes the partitions of the days to come, and drops those past their retention. */
final class Housekeeper implements Runnable {
    private static final Logger LOG = LoggerFactory.getLogger(Housekeeper.class);
    private static final int DAYS_AHEAD = 3;
    private static final Duration EVERY = Duration.ofHours(1);
    private static final Duration AFTER_FAILURE = Duration.ofMinutes(1);

    private final Database database;
    private final Partitions partitions;
    private final int retentionDays;
    private final InstantSource clock;
    private final Stop stop;

    /** @param retentionDays whole UTC days kept beside today; 0 keeps everything */
    Housekeeper(Database database, Partitions partitions, int retentionDays, InstantSource clock, Stop stop) {
        this.database = database;
        this.partitions = partitions;
        this.retentionDays = retentionDays;
        this.clock = clock;
        this.stop = stop;
    }

    @Override
    public void run() {
        while (!stop.await(cleanOrRetry())) {
            // again
        }
    }

    private Duration cleanOrRetry() {
        try {
            clean();
            return EVERY;
        } catch (SQLException e) {
            LOG.warn("archive housekeeping is put off: {}", SqlErrors.describe(e));
        } catch (SchemaException e) {
            LOG.warn("archive housekeeping is put off: {}", e.getMessage());
        } catch (RuntimeException e) {
            LOG.error("archive housekeeping failed", e);
        }
        return AFTER_FAILURE;
    }

    /** Does the hour's work once. */
    void clean() throws SQLException {
        database.migrate();
        LocalDate today = LocalDate.ofInstant(clock.instant(), ZoneOffset.UTC);
        partitions.ensure(today.datesUntil(today.plusDays(DAYS_AHEAD + 1L)).toList());
        if (retentionDays > 0) {
            Set<LocalDate> dropped = partitions.dropBefore(today.minusDays(retentionDays));
            if (!dropped.isEmpty()) {
                LOG.info("archive retention dropped {}", dropped);
            }
        }
    }
}
