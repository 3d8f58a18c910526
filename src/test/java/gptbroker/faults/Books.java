package gptbroker.faults;

import gptbroker.testing.Eventually;
import gptbroker.testing.TestPostgres;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.Jedis;

/** What the broker has written down: the archive's rows and Redis' counters. */
final class Books {
    private static final String ROWS = """
            select i.id, i.user_id, i.content, r.status, r.status_rank, r.content, r.units
            from inputs i left join responses r on r.input_id = i.id
            where i.user_id = any (?)""";

    private final Site site;

    Books(Site site) {
        this.site = site;
    }

    /** An input joined with one of its responses. */
    record Row(
            UUID id,
            UUID user,
            String input,
            @Nullable String status,
            int rank,
            @Nullable String text,
            int units) {
        String textOrNothing() {
            return text == null ? "" : text;
        }

        /** The mark that the client has put into its prompt. */
        String nonce() {
            int start = input.indexOf("nonce-") + "nonce-".length();
            return input.substring(start, input.indexOf(' ', start));
        }
    }

    /** The rows of these users. */
    List<Row> rows(List<UUID> users) {
        try (Connection connection = TestPostgres.connect(site.database);
                PreparedStatement statement = connection.prepareStatement(ROWS)) {
            statement.setArray(1, connection.createArrayOf("uuid", users.toArray()));
            var rows = new ArrayList<Row>();
            try (ResultSet row = statement.executeQuery()) {
                while (row.next()) {
                    rows.add(new Row(
                            row.getObject(1, UUID.class),
                            row.getObject(2, UUID.class),
                            row.getString(3),
                            row.getString(4),
                            row.getInt(5),
                            row.getString(6),
                            row.getInt(7)));
                }
            }
            return rows;
        } catch (SQLException e) {
            throw new IllegalStateException(e.getMessage(), e);
        }
    }

    /** A number out of the archive. */
    long count(String sql) {
        return Long.parseLong(TestPostgres.query(site.database, sql).getFirst());
    }

    /** Units by user, of all days. */
    Map<UUID, Long> counters() {
        var units = new HashMap<UUID, Long>();
        try (Jedis redis = site.redis.open()) {
            for (String key : redis.keys("*:day:*")) {
                String[] words = key.split(":");
                units.merge(UUID.fromString(words[words.length - 2]), Long.parseLong(redis.get(key)), Long::sum);
            }
        }
        return units;
    }

    /**
     * Waits until nothing is under way any more: the reaper, the spill and the outbox have done their work. Says what
     * has not come to an end in time.
     */
    Optional<String> awaitSettled(Duration limit) {
        try {
            Eventually.within(limit, "all is settled", () -> unsettled().isEmpty());
            return Optional.empty();
        } catch (AssertionError late) {
            return Optional.of("not settled: " + unsettled());
        }
    }

    private String unsettled() {
        try (Jedis redis = site.redis.open()) {
            for (String pattern : List.of("*:live:*", "*:owned:*")) {
                var keys = redis.keys(pattern);
                if (!keys.isEmpty()) {
                    return "Redis has " + keys.size() + " of " + pattern;
                }
            }
            for (String outbox : redis.keys("*:outbox")) {
                if (redis.xlen(outbox) > 0) {
                    return redis.xlen(outbox) + " entries in the outbox";
                }
            }
        }
        long open = count("select count(*) from responses where status_rank < 2");
        if (open > 0) {
            return open + " rows open";
        }
        if (site.model.running() > 0) {
            return site.model.running() + " calls at the model";
        }
        for (String gauge :
                List.of("gpt_broker_in_flight_requests", "gpt_broker_upstream_in_flight", "gpt_broker_spill_entries")) {
            if (site.broker.metric(gauge) != 0) {
                return gauge + " is " + site.broker.metric(gauge);
            }
        }
        return spilled().isEmpty() ? "" : "spilled: " + spilled();
    }

    private List<Path> spilled() {
        try (var files = Files.walk(site.folder.resolve("data"))) {
            return files.filter(file -> file.toString().endsWith(".spill")).toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
