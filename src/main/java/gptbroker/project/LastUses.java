package gptbroker.project;

import gptbroker.store.Database;
import gptbroker.store.SqlErrors;
import java.sql.Array;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Notes when keys were last used, in memory, and from time to time in the database: a call must not wait for it. What
 * is not written when the process dies is lost. Thread-safe.
 */
final class LastUses implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(LastUses.class);
    private static final Duration EVERY = Duration.ofSeconds(15);
    private static final String WRITE = """
            update broker_api_keys k set last_used_at = greatest(k.last_used_at, u.at)
            from unnest(?::uuid[], ?::timestamptz[]) u (id, at) where k.id = u.id""";

    private final Database database;
    private final InstantSource clock;
    private final Map<UUID, Long> usedAtMillis = new ConcurrentHashMap<>();
    private final ScheduledExecutorService background = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().daemon().name("key-uses").factory());

    LastUses(Database database, InstantSource clock) {
        this.database = database;
        this.clock = clock;
    }

    void start() {
        background.scheduleWithFixedDelay(this::write, EVERY.toSeconds(), EVERY.toSeconds(), TimeUnit.SECONDS);
    }

    void touch(UUID key) {
        usedAtMillis.put(key, clock.millis());
    }

    /** Writes what has been noted; what cannot be written stays for the next time. */
    void write() {
        Map<UUID, Long> noted = Map.copyOf(usedAtMillis);
        if (noted.isEmpty()) {
            return;
        }
        try {
            database.transaction(connection -> {
                UUID[] ids = noted.keySet().toArray(UUID[]::new);
                Object[] times = new Object[ids.length];
                for (int i = 0; i < ids.length; i++) {
                    times[i] = Instant.ofEpochMilli(noted.get(ids[i])).toString();
                }
                Array idArray = connection.createArrayOf("uuid", ids);
                Array timeArray = connection.createArrayOf("timestamptz", times);
                try (PreparedStatement statement = connection.prepareStatement(WRITE)) {
                    statement.setArray(1, idArray);
                    statement.setArray(2, timeArray);
                    return statement.executeUpdate();
                }
            });
            noted.forEach(usedAtMillis::remove);
        } catch (SQLException e) {
            LOG.debug("last uses of keys not written: {}", SqlErrors.describe(e));
        } catch (RuntimeException e) {
            LOG.warn("last uses of keys not written: {}", e.getClass().getName());
        }
    }

    @Override
    public void close() {
        background.shutdown();
        write();
    }
}
