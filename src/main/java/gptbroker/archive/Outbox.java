package gptbroker.archive;

import static java.nio.charset.StandardCharsets.UTF_8;

import gptbroker.store.RedisKeys;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.StreamEntryID;
import redis.clients.jedis.Transaction;
import redis.clients.jedis.exceptions.JedisDataException;
import redis.clients.jedis.exceptions.JedisException;
import redis.clients.jedis.params.XAutoClaimParams;
import redis.clients.jedis.params.XReadGroupParams;
import redis.clients.jedis.resps.StreamEntryBinary;

/**
 * One partition's stream between admission and archive, as one named consumer of its group sees it over one connection.
 * Not thread-safe.
 */
final class Outbox {
    private static final byte[] FIELD = RedisKeys.OUTBOX_FIELD.getBytes(UTF_8);
    private static final byte[] GROUP = RedisKeys.OUTBOX_GROUP.getBytes(UTF_8);
    private static final byte[] NOTHING = {};
    private static final StreamEntryID BEGIN = new StreamEntryID();

    /** Redis counts entries, memory counts bytes, and one entry may have 8 MiB: so a batch is read in small steps. */
    private static final int STEP = 32;

    /** A batch that has so much takes no further step. */
    private static final long ENOUGH_BYTES = 16L << 20;

    /** In one step, so that nobody reads something under a name between the look and the deletion. */
    private static final String FORGET_CONSUMERS = """
            local forgotten = 0
            for _, flat in ipairs(redis.call('XINFO', 'CONSUMERS', KEYS[1], ARGV[1])) do
              local consumer = {}
              for i = 1, #flat, 2 do consumer[flat[i]] = flat[i + 1] end
              if consumer.name ~= ARGV[2] and consumer.pending == 0 and consumer.idle >= tonumber(ARGV[3]) then
                redis.call('XGROUP', 'DELCONSUMER', KEYS[1], ARGV[1], consumer.name)
                forgotten = forgotten + 1
              end
            end
            return forgotten
            """;

    private final Jedis redis;
    private final String stream;
    private final String consumer;
    private final EntryCodec codec;

    Outbox(Jedis redis, String stream, String consumer, EntryCodec codec) {
        this.redis = redis;
        this.stream = stream;
        this.consumer = consumer;
        this.codec = codec;
    }

    /** Creates stream and group; a group that exists stays as it is. It begins at the first entry, not at "now". */
    void createGroup() {
        try {
            redis.xgroupCreate(stream, RedisKeys.OUTBOX_GROUP, new StreamEntryID(), true);
        } catch (JedisDataException e) {
            if (!startsWith(e, "BUSYGROUP")) {
                throw e;
            }
        }
    }

    /** Whether stream and group went away, by FLUSHALL or by hand; {@link #createGroup} mends it. */
    static boolean isGone(JedisDataException e) {
        return startsWith(e, "NOGROUP") || startsWith(e, "UNBLOCKED");
    }

    private static boolean startsWith(JedisDataException e, String code) {
        return e.getMessage() != null && e.getMessage().startsWith(code);
    }

    /** Entries that were delivered to this consumer before and not acknowledged, the oldest first. */
    List<Delivery> pending(int most) {
        return gather(
                most, (count, last) -> read(XReadGroupParams.xReadGroupParams().count(count), last));
    }

    /** Entries that nobody has read; waits for the first. */
    List<Delivery> fresh(int most, int blockMillis) {
        return gather(most, (count, last) -> {
            var parameters = XReadGroupParams.xReadGroupParams().count(count);
            return read(
                    last.equals(BEGIN) ? parameters.block(blockMillis) : parameters,
                    StreamEntryID.XREADGROUP_UNDELIVERED_ENTRY);
        });
    }

    /** Whether a batch has so many entries or bytes that it is worth a transaction of its own. */
    static boolean hasMuch(List<Delivery> batch, int most) {
        return batch.size() >= most / 2 || bytes(batch) >= ENOUGH_BYTES / 2;
    }

    private interface Step {
        List<Delivery> read(int count, StreamEntryID last);
    }

    /** Step by step until there is no more, or enough. */
    private static List<Delivery> gather(int most, Step step) {
        var batch = new ArrayList<Delivery>();
        StreamEntryID last = BEGIN;
        boolean more = true;
        while (more && batch.size() < most && bytes(batch) < ENOUGH_BYTES) {
            int count = Math.min(STEP, most - batch.size());
            try {
                List<Delivery> read = step.read(count, last);
                batch.addAll(read);
                more = read.size() == count;
            } catch (JedisException e) {
                if (batch.isEmpty()) {
                    throw e;
                }
                more = false; // what has been read may be here alone by now: it is stored first
            }
            last = batch.isEmpty() ? last : batch.getLast().entryId();
        }
        return batch;
    }

    private static long bytes(List<Delivery> batch) {
        return batch.stream().mapToLong(delivery -> delivery.raw().length).sum();
    }

    private List<Delivery> read(XReadGroupParams parameters, StreamEntryID from) {
        var streams = redis.xreadGroupBinary(
                GROUP, consumer.getBytes(UTF_8), parameters, Map.of(stream.getBytes(UTF_8), from));
        var deliveries = new ArrayList<Delivery>();
        if (streams != null) {
            for (var read : streams) {
                read.getValue().forEach(entry -> deliveries.add(delivery(entry)));
            }
        }
        return deliveries;
    }

    private Delivery delivery(StreamEntryBinary entry) {
        byte[] raw = raw(entry);
        try {
            return new Delivery(stream, entry.getID(), raw, codec.decode(raw));
        } catch (Undecodable e) {
            return new Delivery(stream, entry.getID(), raw, null);
        }
    }

    /** The entry's one field; of an entry that is none of ours, whatever it has. */
    private static byte[] raw(StreamEntryBinary entry) {
        Map<byte[], byte[]> fields = entry.getFields();
        if (fields == null) {
            return NOTHING; // deleted, but still pending
        }
        byte[] value = fields.get(FIELD);
        return value != null ? value : fields.values().stream().findFirst().orElse(NOTHING);
    }

    /** Takes over what a dead consumer left: afterwards it is {@link #pending} here. Returns how much that was. */
    int claim(long idleMillis, int count) {
        return redis.xautoclaimJustId(
                        stream,
                        RedisKeys.OUTBOX_GROUP,
                        consumer,
                        idleMillis,
                        new StreamEntryID(),
                        XAutoClaimParams.xAutoClaimParams().count(count))
                .getValue()
                .size();
    }

    /** Takes other consumers off the group's list that have nothing pending and have not asked for so long; how many. */
    long forgetConsumers(long idleMillis) {
        Object forgotten = redis.eval(
                FORGET_CONSUMERS,
                List.of(stream),
                List.of(RedisKeys.OUTBOX_GROUP, consumer, Long.toString(idleMillis)));
        return (Long) forgotten;
    }

    /** Forgets stored entries, both steps or none: an entry is either pending or gone. */
    void acknowledge(List<Delivery> stored) {
        StreamEntryID[] ids = stored.stream().map(Delivery::entryId).toArray(StreamEntryID[]::new);
        try (Transaction both = redis.multi()) {
            both.xack(stream, RedisKeys.OUTBOX_GROUP, ids);
            both.xdel(stream, ids);
            both.exec();
        }
    }
}
