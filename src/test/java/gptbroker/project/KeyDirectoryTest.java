package gptbroker.project;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import gptbroker.config.Secret;
import gptbroker.identity.Caller;
import gptbroker.identity.OwnLimits;
import gptbroker.ops.Meters;
import gptbroker.problem.Problem;
import gptbroker.problem.ProblemCode;
import gptbroker.store.Database;
import gptbroker.store.RedisKeys;
import gptbroker.store.RedisPipe;
import gptbroker.testing.TestPostgres;
import gptbroker.testing.TestRedis;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import redis.clients.jedis.Jedis;

/** What Redis and the database say of a key, and who is believed when. */
class KeyDirectoryTest {
    private static final ApiKeys.Wish PLAIN = new ApiKeys.Wish("", OwnLimits.NONE);

    private final Secret url = TestPostgres.shared().database();
    private final Database database = TestPostgres.pool(url, 2);
    private final RedisKeys names = new RedisKeys("dir-" + UUID.randomUUID(), 1);
    private final RedisPipe pipe =
            new RedisPipe(TestRedis.shared().connections(), 1, Duration.ofSeconds(5), new Meters());
    private final KeyCache cache = new KeyCache(pipe, names);
    private final LastUses lastUses = new LastUses(database, InstantSource.system());
    private final KeyDirectory directory = new KeyDirectory(cache, database, lastUses);
    private final Projects projects = new Projects(database, cache, InstantSource.system());
    private final ApiKeys keys = new ApiKeys(database, cache, InstantSource.system());

    @AfterEach
    void close() {
        lastUses.close();
        pipe.close();
        database.close();
    }

    private static ProjectSettings settings(String json) throws Exception {
        return ProjectSettings.read(new ObjectMapper().readTree("{\"name\":\"n\",\"model\":\"m\"" + json + "}"));
    }

    private ApiKey.Change key(String json) throws Exception {
        String slug = "s" + Long.toString(System.nanoTime(), 36);
        projects.create(slug, settings(json));
        return keys.create(slug, PLAIN);
    }

    private static byte[] sha256(String text) throws Exception {
        return MessageDigest.getInstance("SHA-256").digest(text.getBytes("US-ASCII"));
    }

    private Optional<Caller> find(ApiKey.Change key) throws Exception {
        String text = key.text().orElseThrow().reveal();
        return directory.find(text, sha256(text));
    }

    private String name(ApiKey.Change key) throws Exception {
        String hash = HexFormat.of().formatHex(sha256(key.text().orElseThrow().reveal()));
        return names.key(0, "apikey:" + hash);
    }

    @Test
    void callersAreProjectsOrKeysWithLimitsOfTheirOwn() throws Exception {
        ApiKey.Change key = key(",\"limits\":{\"daily_requests\":7,\"daily_cost_usd\":\"0.20\"}");
        Caller caller = find(key).orElseThrow();
        UUID project = key.key().projectId().orElseThrow();
        assertThat(caller.id()).isEqualTo("project:" + project);
        assertThat(caller.projectId()).hasValue(project);
        assertThat(caller.tier()).isEqualTo(Caller.PROJECT_TIER);
        assertThat(caller.limits().dailyRequests()).hasValue(7);
        assertThat(caller.limits().dailyCostUsd().orElseThrow()).isEqualByComparingTo("0.2");
        assertThat(directory.projectOf(caller).orElseThrow().id()).isEqualTo(project);

        ObjectNode own = new ObjectMapper().createObjectNode();
        own.putObject("limits").put("rate_per_minute", 3);
        ApiKey.Change second = keys.create(project.toString(), ApiKeys.Wish.read(own));
        Caller counted = find(second).orElseThrow();
        assertThat(counted.id()).isEqualTo("key:" + second.key().id());
        assertThat(counted.limits().ratePerMinute()).hasValue(3);
        assertThat(counted.limits().dailyRequests()).hasValue(7);
        // The second time out of Redis.
        assertThat(find(second)).hasValue(counted);
    }

    @Test
    void keysOfAccountsStandForThem() throws Exception {
        UUID user = UUID.randomUUID();
        ApiKey.Change key = keys.createFor(user, "sign-up");
        assertThat(key.text().orElseThrow().reveal()).startsWith("token").hasSize(48);
        Caller caller = find(key).orElseThrow();
        assertThat(caller.id()).isEqualTo(user.toString());
        assertThat(caller.userId()).hasValue(user);
        assertThat(caller.projectId()).isEmpty();
        assertThat(directory.projectOf(caller)).isEmpty();
        assertThat(keys.revokeOf(user)).isEqualTo(1);
        assertThat(find(key)).isEmpty();
    }

    @Test
    void whatIsOlderNeverReplacesWhatIsNewer() throws Exception {
        ApiKey.Change key = key("");
        find(key);
        String hash = HexFormat.of().formatHex(sha256(key.text().orElseThrow().reveal()));
        KeyEntry read = cache.find(hash).orElseThrow().entry();
        keys.revoke(key.key().id());
        // A broker that had read the database before the revocation comes to Redis after it.
        assertThat(cache.keep(hash, read)).isTrue();
        assertThat(cache.find(hash).orElseThrow().entry().revoked()).isTrue();
        assertThat(find(key)).isEmpty();
    }

    @Test
    void afterHalfAMinuteTheDatabaseIsAskedAgain() throws Exception {
        ApiKey.Change key = key("");
        find(key);
        TestPostgres.execute(url, "update broker_api_keys set revoked_at = now(), version = version + 1");
        assertThat(find(key)).as("nobody has told Redis").isPresent();
        try (Jedis jedis = TestRedis.shared().open()) {
            jedis.pexpire(name(key), KeyCache.KEEP.minus(KeyCache.FRESH).toMillis());
        }
        assertThat(find(key)).isEmpty();
    }

    @Test
    void aKeyThatIsGoneFromTheDatabaseIsGone() throws Exception {
        ApiKey.Change key = key("");
        find(key);
        TestPostgres.execute(url, "delete from broker_api_keys");
        try (Jedis jedis = TestRedis.shared().open()) {
            jedis.pexpire(name(key), KeyCache.KEEP.minus(KeyCache.FRESH).toMillis());
        }
        assertThat(find(key)).isEmpty();
        assertThat(cache.find(HexFormat.of()
                                .formatHex(sha256(key.text().orElseThrow().reveal())))
                        .orElseThrow()
                        .entry()
                        .revoked())
                .isTrue();
    }

    @Test
    void withoutTheDatabaseAnOldEntryStillCountsAndNoneIsUnavailable() throws Exception {
        ApiKey.Change key = key("");
        ApiKey.Change unseen = keys.create(key.key().projectId().orElseThrow().toString(), PLAIN);
        find(key);
        database.close();
        try (Jedis jedis = TestRedis.shared().open()) {
            jedis.pexpire(name(key), Duration.ofMinutes(20).toMillis());
        }
        assertThat(find(key)).isPresent();
        Problem problem = catchThrowableOfType(Problem.class, () -> find(unseen));
        assertThat(problem.code()).isEqualTo(ProblemCode.IDENTITY_UNAVAILABLE);
    }

    @Test
    void anEntryThatCannotBeReadIsReadAnew() throws Exception {
        ApiKey.Change key = key("");
        find(key);
        try (Jedis jedis = TestRedis.shared().open()) {
            jedis.hset(name(key), "entry", "{\"of\":\"a later version\"}");
        }
        assertThat(find(key)).isPresent();
    }

    @Test
    void lastUsesAreWritten() throws Exception {
        ApiKey.Change key = key("");
        assertThat(keys.list(key.key().projectId().orElseThrow().toString())
                        .getFirst()
                        .lastUsedAt())
                .isEmpty();
        find(key);
        lastUses.write();
        assertThat(keys.list(key.key().projectId().orElseThrow().toString())
                        .getFirst()
                        .lastUsedAt())
                .isPresent();
    }

    @Test
    void keysAreToldFromMistakesWithoutAStore() {
        List<Secret> made = List.of(KeyText.mint(), KeyText.mint());
        assertThat(made.get(0)).isNotEqualTo(made.get(1));
        String key = made.getFirst().reveal();
        assertThat(KeyText.isPlausible(key)).isTrue();
        assertThat(KeyText.isPlausible(key.substring(1))).as("an older form").isTrue();
        assertThat(KeyText.isPlausible(key + "0")).isFalse();
        assertThat(KeyText.isPlausible("gb_" + key.substring(4) + "0")).isFalse();
        assertThat(KeyText.isPlausible("gb_")).isFalse();
        char swapped = key.charAt(10) == 'A' ? 'B' : 'A';
        assertThat(KeyText.isPlausible(key.substring(0, 10) + swapped + key.substring(11)))
                .isFalse();
    }
}
