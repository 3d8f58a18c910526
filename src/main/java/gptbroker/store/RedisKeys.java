package gptbroker.store;

/**
 * The names of everything we keep in Redis. A partition's keys share one hash tag, so that a script stays in one slot
 * of a Redis Cluster.
 *
 * @param prefix {@code REDIS_PREFIX}: one per tenant
 * @param partitions {@code REDIS_PARTITIONS}: how many hash tags the users are spread over; changing it orphans today's
 *     counters
 */
public record RedisKeys(String prefix, int partitions) {
    /** The one field of an outbox entry: the bytes of an archive entry. */
    public static final String OUTBOX_FIELD = "e";

    /** The consumer group that drains the outbox. */
    public static final String OUTBOX_GROUP = "archive";

    /** The partition of a caller, stable across processes. */
    public int partition(String callerId) {
        return Math.floorMod(callerId.hashCode(), partitions);
    }

    /** The Redis Stream between admission and archive. */
    public String outbox(int partition) {
        return key(partition, "outbox");
    }

    /** A key of a partition: {@code <prefix>:{<partition>}:<name>}. */
    public String key(int partition, String name) {
        return prefix + ":{" + partition + "}:" + name;
    }
}
