package gptbroker.admission;

import gptbroker.problem.Problem;
import gptbroker.problem.ProblemCode;
import gptbroker.store.RedisConnections;
import gptbroker.store.RedisKeys;
import java.time.Duration;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.exceptions.JedisException;

/**
 * The callers that are exempt from the day, or, with {@code ACCESS=allowlist}, the only ones let in. Exact ids. The
 * configured ones come back at each start; changes at run time hold until Redis loses its data. Thread-safe; each call
 * opens a connection and throws {@link Problem} 503 {@code quota_unavailable} when Redis is away.
 */
public final class Allowlist {
    private static final Duration READ_TIMEOUT = Duration.ofSeconds(2);
    private static final Duration RETRY_AFTER = Duration.ofSeconds(5);

    private final RedisConnections connections;
    private final RedisKeys keys;

    Allowlist(RedisConnections connections, RedisKeys keys) {
        this.connections = connections;
        this.keys = keys;
    }

    /** Lists a caller; false when it was listed. */
    public boolean add(String callerId) {
        return ask(jedis -> jedis.sadd(key(Tiers.checked(callerId)), callerId) == 1);
    }

    /** Takes a caller off; false when it was not listed. */
    public boolean remove(String callerId) {
        return ask(jedis -> jedis.srem(key(Tiers.checked(callerId)), callerId) == 1);
    }

    /** Everyone listed, in order. */
    public Set<String> list() {
        return ask(jedis -> {
            Set<String> all = new TreeSet<>();
            for (int partition = 0; partition < keys.partitions(); partition++) {
                all.addAll(jedis.smembers(keys.key(partition, "allow")));
            }
            return all;
        });
    }

    /**
     * Lists the configured callers; ids that no caller can have are left out.
     *
     * @throws JedisException when Redis is away
     */
    void addAll(Set<String> callerIds) {
        try (Jedis jedis = open()) {
            callerIds.stream().filter(Tiers::isFit).forEach(id -> jedis.sadd(key(id), id));
        }
    }

    private <T> T ask(Function<Jedis, T> work) {
        try (Jedis jedis = open()) {
            return work.apply(jedis);
        } catch (JedisException e) {
            throw Problem.of(ProblemCode.QUOTA_UNAVAILABLE, "allowlist", e).retryAfter(RETRY_AFTER);
        }
    }

    private Jedis open() {
        return connections.open("allowlist", READ_TIMEOUT);
    }

    private String key(String callerId) {
        return keys.key(keys.partition(callerId), "allow");
    }
}
