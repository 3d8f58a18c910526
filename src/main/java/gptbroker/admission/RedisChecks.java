package gptbroker.admission;

import gptbroker.store.RedisConnections;
import java.time.Duration;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.exceptions.JedisConnectionException;
import redis.clients.jedis.exceptions.JedisException;

/** Says at start when the Redis of counters and outbox could lose them. */
final class RedisChecks {
    private static final Logger LOG = LoggerFactory.getLogger(RedisChecks.class);
    private static final Map<String, String> WANTED =
            Map.of("maxmemory-policy", "noeviction", "appendonly", "yes", "appendfsync", "always");

    private RedisChecks() {}

    static void warn(RedisConnections connections) {
        try (Jedis jedis = connections.open("checks", Duration.ofSeconds(1))) {
            WANTED.forEach((name, wanted) -> {
                String found = jedis.configGet(name).getOrDefault(name, wanted);
                if (!found.equals(wanted)) {
                    LOG.warn("Redis has {} {}, counters and outbox need {}: answers may be lost", name, found, wanted);
                }
            });
        } catch (JedisConnectionException e) {
            LOG.warn("Redis cannot be reached yet, so its settings are not checked");
        } catch (JedisException e) {
            LOG.info("Redis does not tell its settings: make sure of {}", WANTED);
        }
    }
}
