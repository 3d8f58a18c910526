package gptbroker.admission;

import static java.nio.charset.StandardCharsets.UTF_8;

import gptbroker.store.RedisKeys;
import gptbroker.testing.TestRedis;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.StreamEntryID;

/**
 * An archive in memory that drains the outbox of partition 0 when told to. Its records are words: {@code open id caller} and {@code close id units status}.
 */
final class RecordedArchive implements ArchiveView {
    private final TestRedis redis;
    private final RedisKeys keys;
    private final List<String> entries = new ArrayList<>();
    volatile boolean away;

    RecordedArchive(TestRedis redis, RedisKeys keys) {
        this.redis = redis;
        this.keys = keys;
    }

    static byte[] open(UUID id, String callerId) {
        return "open %s %s 1 %d"
                .formatted(id, callerId, System.currentTimeMillis())
                .getBytes(UTF_8);
    }

    static byte[] close(UUID id, int units, String status) {
        return "close %s %d %s".formatted(id, units, status).getBytes(UTF_8);
    }

    /** Moves the outbox into memory, as the consumer does: store, then delete. */
    synchronized RecordedArchive drain() {
        try (Jedis jedis = redis.open()) {
            List<StreamEntryID> stored = new ArrayList<>();
            for (var entry : jedis.xrange(keys.outbox(0), (StreamEntryID) null, null)) {
                entries.add(entry.getFields().get(RedisKeys.OUTBOX_FIELD));
                stored.add(entry.getID());
            }
            if (!stored.isEmpty()) {
                jedis.xdel(keys.outbox(0), stored.toArray(StreamEntryID[]::new));
            }
        }
        return this;
    }

    /** All entries ever, in order. */
    synchronized List<String> entries() {
        return List.copyOf(entries);
    }

    /** Entries about one request. */
    List<String> entries(UUID id) {
        return entries().stream().filter(entry -> entry.contains(id.toString())).toList();
    }

    /** What is charged in the end: the last close record of each id, interrupted ones giving way to all others. */
    synchronized Map<UUID, Integer> charged() {
        Map<UUID, Integer> units = new HashMap<>();
        Set<UUID> settled = new HashSet<>();
        for (String entry : entries) {
            String[] words = entry.split(" ");
            if (words[0].equals("close")) {
                var id = UUID.fromString(words[1]);
                boolean interrupted = words[3].equals("interrupted");
                if (!interrupted || !settled.contains(id)) {
                    units.put(id, Integer.valueOf(words[2]));
                }
                if (!interrupted) {
                    settled.add(id);
                }
            }
        }
        return units;
    }

    @Override
    public synchronized Charged chargedSince(Instant dayStart) throws Exception {
        if (away) {
            throw new IOException("archive away");
        }
        Map<UUID, Integer> closed = charged();
        Map<String, Long> units = new HashMap<>();
        List<Open> open = new ArrayList<>();
        for (String entry : entries) {
            String[] words = entry.split(" ");
            if (words[0].equals("open")) {
                var id = UUID.fromString(words[1]);
                if (closed.containsKey(id)) {
                    units.merge(words[2], (long) closed.get(id), Long::sum);
                } else {
                    open.add(new Open(id, words[2], 1, Instant.ofEpochMilli(id.getMostSignificantBits() >>> 16)));
                }
            }
        }
        return new Charged(units, open);
    }

    @Override
    public boolean isFinal(UUID id) throws Exception {
        return isCharged(id)
                && entries(id).stream().anyMatch(entry -> entry.startsWith("close") && !entry.endsWith("interrupted"));
    }

    @Override
    public boolean isCharged(UUID id) throws Exception {
        if (away) {
            throw new IOException("archive away");
        }
        return charged().containsKey(id);
    }

    @Override
    public byte[] interrupted(UUID id, int units) {
        return close(id, units, "interrupted");
    }

    @Override
    public byte[] refused(UUID id) {
        return close(id, 0, "error");
    }
}
