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
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.StreamEntryID;

/**
 * An archive in memory that drains the outbox of partition 0 when told to. Its records are words: {@code open id caller
 * units millis} and {@code close id units status}, each with tokens and nano-dollars at its end where a budget is kept.
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
        return open(id, callerId, Charge.units(1));
    }

    static byte[] open(UUID id, String callerId, Charge held) {
        return "open %s %s %d %d%s"
                .formatted(id, callerId, held.units(), System.currentTimeMillis(), spend(held))
                .getBytes(UTF_8);
    }

    static byte[] close(UUID id, int units, String status) {
        return close(id, Charge.units(units), status);
    }

    static byte[] close(UUID id, Charge charge, String status) {
        return "close %s %d %s%s"
                .formatted(id, charge.units(), status, spend(charge))
                .getBytes(UTF_8);
    }

    private static String spend(Charge charge) {
        return charge.spend()
                .map(spend -> " " + spend.tokens() + " " + spend.nanoUsd())
                .orElse("");
    }

    private static Charge charge(String units, String[] words, int at) {
        return new Charge(
                Integer.parseInt(units),
                words.length > at
                        ? Optional.of(new Spend(Long.parseLong(words[at]), Long.parseLong(words[at + 1])))
                        : Optional.empty());
    }

    /** As if a consumer had stored it. */
    synchronized RecordedArchive add(byte[] record) {
        entries.add(new String(record, UTF_8));
        return this;
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
    synchronized Map<UUID, Charge> charges() {
        Map<UUID, Charge> units = new HashMap<>();
        Set<UUID> settled = new HashSet<>();
        for (String entry : entries) {
            String[] words = entry.split(" ");
            if (words[0].equals("close")) {
                var id = UUID.fromString(words[1]);
                boolean interrupted = words[3].equals("interrupted");
                if (!interrupted || !settled.contains(id)) {
                    units.put(id, charge(words[2], words, 4));
                }
                if (!interrupted) {
                    settled.add(id);
                }
            }
        }
        return units;
    }

    /** Units alone. */
    Map<UUID, Integer> charged() {
        Map<UUID, Integer> units = new HashMap<>();
        charges().forEach((id, charge) -> units.put(id, charge.units()));
        return units;
    }

    @Override
    public synchronized Charged chargedSince(Instant dayStart) throws Exception {
        if (away) {
            throw new IOException("archive away");
        }
        Map<UUID, Charge> closed = charges();
        Map<String, Sum> sums = new HashMap<>();
        List<Open> open = new ArrayList<>();
        for (String entry : entries) {
            String[] words = entry.split(" ");
            if (words[0].equals("open")) {
                var id = UUID.fromString(words[1]);
                if (closed.containsKey(id)) {
                    sums.put(words[2], sums.getOrDefault(words[2], Sum.NOTHING).plus(closed.get(id)));
                } else {
                    Charge held = charge(words[3], words, 5);
                    open.add(new Open(id, words[2], held, Instant.ofEpochMilli(id.getMostSignificantBits() >>> 16)));
                }
            }
        }
        return new Charged(sums, open);
    }

    @Override
    public boolean isFinal(UUID id) throws Exception {
        return charged(id).isPresent()
                && entries(id).stream().anyMatch(entry -> entry.startsWith("close") && !entry.contains("interrupted"));
    }

    @Override
    public Optional<Charge> charged(UUID id) throws Exception {
        if (away) {
            throw new IOException("archive away");
        }
        return Optional.ofNullable(charges().get(id));
    }

    @Override
    public byte[] interrupted(UUID id, Charge charge) {
        return close(id, charge, "interrupted");
    }

    @Override
    public byte[] refused(UUID id) {
        return close(id, 0, "error");
    }
}
