package gptbroker.admission;

import gptbroker.config.BrokerConfig;
import gptbroker.config.BrokerConfig.Access;
import gptbroker.config.BrokerConfig.Limits;
import gptbroker.config.BrokerConfig.OnRedisDown;
import gptbroker.config.Budget;
import gptbroker.config.Secret;
import gptbroker.config.Spending;
import gptbroker.identity.Caller;
import gptbroker.ops.Meters;
import gptbroker.ops.Scrape;
import gptbroker.problem.Problem;
import gptbroker.store.RedisConnections;
import gptbroker.store.RedisKeys;
import gptbroker.testing.Eventually;
import gptbroker.testing.Scratch;
import gptbroker.testing.TestRedis;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.Jedis;

/** An admission of its own on a real Redis: own key prefix, own spill directory, limits to taste. */
final class Rig implements AutoCloseable {
    private static final Duration IMPATIENT = Duration.ofMillis(200);

    final TestRedis redis;
    final String prefix = "test:" + UUID.randomUUID();
    final RedisKeys keys = new RedisKeys(prefix, 1);
    final RecordedArchive archive;
    final Path directory;
    final List<RedisAdmission> started = new ArrayList<>();

    long daily = 50;
    long anonymousDaily = 3;
    Map<String, Long> tiers = Map.of();
    /** In which it is about noon: nobody's day may end while a test looks at it. */
    ZoneId zone = ZoneOffset.ofHours(12 - Instant.now().atOffset(ZoneOffset.UTC).getHour());

    int rate;
    int concurrency;
    Set<String> allowlist = Set.of();
    Access access = Access.OPEN;
    OnRedisDown onRedisDown = OnRedisDown.CLOSED;
    Spending spending = Spending.UNLIMITED;
    long highWater = 1_000_000;
    int port;
    Duration silence = Duration.ofSeconds(15);
    /** Long: a slow moment of a busy machine must not look like an outage. */
    Duration timeout = Duration.ofSeconds(10);

    InstantSource clock = InstantSource.system();

    /** Of the last one that was built. */
    Meters meters = new Meters();

    Rig(TestRedis redis) {
        this.redis = redis;
        this.port = redis.port();
        this.archive = new RecordedArchive(redis, keys);
        this.directory = Scratch.folder("admission");
    }

    /** Builds it with what the fields say, and starts it. */
    RedisAdmission start() {
        RedisAdmission admission = create();
        admission.start();
        return admission;
    }

    /** The same on a Redis that is about to go, for which nobody needs to wait long. */
    RedisAdmission startImpatient() {
        Duration usual = timeout;
        timeout = IMPATIENT;
        RedisAdmission admission = start();
        timeout = usual;
        Eventually.within(Duration.ofSeconds(60), "ready", admission::ready);
        return admission;
    }

    /** Builds it without heartbeat, reaper and replay: like a broker that is only just alive. */
    RedisAdmission create() {
        meters = new Meters();
        var url = Optional.of(new Secret("redis://127.0.0.1:" + port));
        var admission = new RedisAdmission(
                config(limits(), new BrokerConfig.Redis(url, prefix, 1, timeout, 2, silence)),
                new RedisConnections(url.get()),
                archive,
                meters,
                clock);
        started.add(admission);
        return admission;
    }

    Limits limits() {
        return new Limits(
                daily, anonymousDaily, tiers, zone, rate, 0, concurrency, allowlist, access, onRedisDown, spending);
    }

    /** What an alarm sees: whether {@code gpt_broker_degraded} is 1 for this part. */
    boolean degraded(String what) {
        Matcher gauge = Pattern.compile("gpt_broker_degraded\\{what=\"" + what + "\",?} (\\d)")
                .matcher(new Scrape(meters).text());
        if (!gauge.find()) {
            throw new AssertionError("no such gauge: " + what);
        }
        return gauge.group(1).equals("1");
    }

    /** A signed-in user of the default tier. */
    static Caller user(String id) {
        return new Caller(id, Caller.Kind.SUPABASE_USER, Caller.DEFAULT_TIER, false, Optional.empty(), Instant.MAX);
    }

    static Caller user() {
        return user(UUID.randomUUID().toString());
    }

    /** A request id: a UUIDv7 of now. */
    static UUID id() {
        var random = UUID.randomUUID();
        long high = System.currentTimeMillis() << 16 | 0x7000 | random.getMostSignificantBits() & 0xfff;
        return new UUID(high, random.getLeastSignificantBits());
    }

    static Decision admit(Admission admission, Caller caller) {
        return admit(admission, caller, id());
    }

    static Decision admit(Admission admission, Caller caller, UUID id) {
        return admission.admit(caller, id, RecordedArchive.open(id, caller.id()));
    }

    /** Admits, or fails the test. */
    static Reservation reserve(Admission admission, Caller caller) {
        return switch (admit(admission, caller)) {
            case Decision.Admitted admitted -> admitted.reservation();
            case Decision.Denied denied -> throw new AssertionError("denied: " + denied.reason());
        };
    }

    static void settle(Admission admission, Reservation reservation, int units) {
        settle(admission, reservation, Charge.units(units));
    }

    static void settle(Admission admission, Reservation reservation, Charge charge) {
        UUID id = reservation.id();
        admission.settle(
                reservation,
                charge,
                RecordedArchive.open(id, reservation.caller().id(), reservation.held()),
                RecordedArchive.close(id, charge, charge.units() == 0 ? "error" : "done"));
    }

    /** So many tokens and nano-dollars a day, for everyone. */
    Rig budget(long tokens, long nanoUsd) {
        Budget budget = new Budget(tokens, nanoUsd);
        spending = new Spending(budget, budget, Map.of(), 1_000, Spending.UnknownPrice.REFUSE, Optional.empty());
        return this;
    }

    /** One unit, and so many tokens and nano-dollars. */
    static Charge charge(long tokens, long nanoUsd) {
        return charge(1, tokens, nanoUsd);
    }

    static Charge charge(int units, long tokens, long nanoUsd) {
        return new Charge(units, Optional.of(new Spend(tokens, nanoUsd)));
    }

    static Decision admit(Admission admission, Caller caller, UUID id, Charge held) {
        return admission.admit(caller, id, held, RecordedArchive.open(id, caller.id(), held));
    }

    static Decision admit(Admission admission, Caller caller, Charge held) {
        return admit(admission, caller, id(), held);
    }

    /** Admits, or fails the test. */
    static Reservation reserve(Admission admission, Caller caller, Charge held) {
        return switch (admit(admission, caller, held)) {
            case Decision.Admitted admitted -> admitted.reservation();
            case Decision.Denied denied -> throw new AssertionError("denied: " + denied.reason());
        };
    }

    /** The caller's tokens and nano-dollars of the day that Redis has. */
    Spend spent(Caller caller) {
        try (Jedis jedis = redis.open()) {
            var now = Instant.ofEpochSecond(Long.parseLong(jedis.time().getFirst()));
            return spent(jedis, caller, QuotaDay.of(now, zone).label());
        }
    }

    Spend spent(Jedis jedis, Caller caller, String day) {
        List<String> counted = jedis.hmget(keys.key(0, Ledger.spendKey(caller.id(), day)), "t", "c");
        return new Spend(number(counted.get(0)), number(counted.get(1)));
    }

    private static long number(@Nullable String counted) {
        return counted == null ? 0 : Long.parseLong(counted);
    }

    /** Tries until admission is open again. */
    static Decision admitPatiently(Admission admission, Caller caller, UUID id) {
        long deadline = System.nanoTime() + Duration.ofSeconds(60).toNanos();
        while (true) {
            try {
                return admit(admission, caller, id);
            } catch (Problem problem) {
                if (System.nanoTime() - deadline > 0) {
                    throw problem;
                }
            }
        }
    }

    /** The caller's counter of the day that Redis has. */
    long used(Caller caller) {
        try (Jedis jedis = redis.open()) {
            var now = Instant.ofEpochSecond(Long.parseLong(jedis.time().getFirst()));
            return used(jedis, caller, QuotaDay.of(now, zone).label());
        }
    }

    long used(Jedis jedis, Caller caller, String day) {
        String value = jedis.get(keys.key(0, Ledger.dayKey(caller.id(), day)));
        return value == null ? 0 : Long.parseLong(value);
    }

    /** Calls in flight, as Redis counts them. */
    long live(Caller caller) {
        try (Jedis jedis = redis.open()) {
            return jedis.zcard(keys.key(0, "live:" + caller.id()));
        }
    }

    /** Runs a task so many times at once. */
    static <T> List<T> inParallel(int count, Callable<T> task) throws Exception {
        var go = new CountDownLatch(1);
        List<Future<T>> futures = new ArrayList<>();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < count; i++) {
                futures.add(threads.submit(() -> {
                    go.await();
                    return task.call();
                }));
            }
            go.countDown();
        }
        List<T> results = new ArrayList<>();
        for (var future : futures) {
            results.add(future.get());
        }
        return results;
    }

    /** Settlements that wait in the local spill of all its brokers. */
    long spilled() {
        return started.stream().mapToLong(RedisAdmission::spilled).sum();
    }

    @Override
    public void close() {
        started.forEach(RedisAdmission::close);
        Scratch.remove(directory);
    }

    private BrokerConfig config(Limits limits, BrokerConfig.Redis settings) {
        var listen = new BrokerConfig.Listen(
                "127.0.0.1",
                0,
                "127.0.0.1",
                0,
                1 << 20,
                100,
                100,
                Duration.ofSeconds(10),
                Duration.ofSeconds(30),
                Duration.ofSeconds(600),
                Duration.ZERO,
                Duration.ZERO,
                Set.of(),
                List.of());
        var kept = new BrokerConfig.Archive(0, highWater, 500, Duration.ofSeconds(2), 16_384);
        return new BrokerConfig(
                "test", listen, null, limits, null, settings, null, null, kept, new BrokerConfig.Dev(directory, 0, 0));
    }
}
