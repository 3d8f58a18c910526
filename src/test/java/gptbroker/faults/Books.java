package gptbroker.faults;

import gptbroker.testing.Eventually;
import gptbroker.testing.TestPostgres;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
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
            select i.id, i.user_id, i.content, r.status, r.status_rank, r.content, r.units,
                   coalesce(r.charged_tokens, 0), coalesce(r.cost_usd, 0)
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
            int units,
            long tokens,
            BigDecimal cost) {
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
                            row.getInt(7),
                            row.getLong(8),
                            row.getBigDecimal(9)));
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

    /**
     * What is counted of a user.
     *
     * @param nanoUsd billionths of a dollar
     */
    record Counted(long units, long tokens, long nanoUsd) {
        static final Counted NOTHING = new Counted(0, 0, 0);

        Counted plus(Counted other) {
            return new Counted(units + other.units, tokens + other.tokens, nanoUsd + other.nanoUsd);
        }
    }

    /** By user, of all days. */
    Map<UUID, Counted> counters() {
        var counters = new HashMap<UUID, Counted>();
        try (Jedis redis = site.redis.open()) {
            for (String key : redis.keys("*:day:*")) {
                counters.merge(user(key), new Counted(Long.parseLong(redis.get(key)), 0, 0), Counted::plus);
            }
            for (String key : redis.keys("*:spend:*")) {
                var spent = redis.hmget(key, "t", "c");
                Counted counted = new Counted(0, Long.parseLong(spent.get(0)), Long.parseLong(spent.get(1)));
                counters.merge(user(key), counted, Counted::plus);
            }
        }
        return counters;
    }

    private static UUID user(String key) {
        String[] words = key.split(":");
        return UUID.fromString(words[words.length - 2]);
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
