package gptbroker.faults;

import gptbroker.faults.Outages.What;
import gptbroker.testing.Eventually;
import gptbroker.testing.FaultProxy.Way;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.concurrent.FutureTask;
import java.util.function.BooleanSupplier;
import redis.clients.jedis.Jedis;

/** The ways to break something for a while; each has mended it when it returns. */
final class Breakage {
    private static final Duration REDIS_LATE = Duration.ofSeconds(3);
    private static final Duration SOON = Duration.ofSeconds(60);
    private static final int BROKER = 0;
    private static final int REDIS = 1;

    /** Loses the counters at a moment when the archive knows everything: what it does not know yet is lost for good. */
    private static final String FLUSH = """
            for _, outbox in ipairs(redis.call('KEYS', '*:outbox')) do
              if redis.call('XLEN', outbox) > 0 then return 0 end
            end
            redis.call('FLUSHALL')
            return 1""";

    private final Site site;
    private final Outages outages;
    private final Random random;

    Breakage(Site site, Outages outages, Random random) {
        this.site = site;
        this.outages = outages;
        this.random = random;
    }

    /** B1. */
    void killBroker() throws Exception {
        outages.during(What.BROKER, () -> {
            outages.dies();
            site.broker.kill();
            site.broker.start();
        });
    }

    /** B2: the model has ended, the client has all of the text but not its end, and Redis does not hear of it. */
    Seen killBeforeSettle(Load load) throws Exception {
        var seen = load.one(Plan.stream(random, load.patientUser(), "chunks-60-100"));
        Eventually.within(
                SOON,
                "a checkpoint is archived",
                () -> new Books(site)
                        .rows(List.of(seen.plan.user())).stream()
                                .anyMatch(row -> row.nonce().equals(seen.plan.nonce()) && row.rank() == 1));
        int whole = seen.plan.expected().length();
        killWhen(Way.TO_SERVER, "all of the text has come", () -> seen.length() == whole);
        return seen;
    }

    /** B3: the call is settled, and the client not told that it has the whole answer. */
    Seen killAfterSettle(Load load) throws Exception {
        // Redis must know the script already: it could not ask for its source.
        var before = load.one(Plan.stream(random, load.patientUser(), "chunks-1-1"));
        Eventually.within(SOON, "another has been settled", before::isOver);
        var seen = load.one(Plan.stream(random, load.patientUser(), "chunks-40-50"));
        Eventually.within(SOON, "the answer has begun", () -> seen.length() > 0);
        try (Jedis redis = site.redis.open()) {
            String call =
                    redis.keys("*:resv:" + seen.id.orElseThrow()).iterator().next();
            killWhen(Way.TO_CLIENT, "settled", () -> "settled".equals(redis.hget(call, "s")));
        }
        return seen;
    }

    /** Kills the broker while one way between it and Redis is cut off; what was held back is lost. */
    private void killWhen(Way cutOff, String what, BooleanSupplier moment) throws Exception {
        outages.during(What.REDIS, () -> {
            site.redisProxy.stall(cutOff);
            try {
                Eventually.within(SOON, what, moment);
                outages.during(What.BROKER, () -> {
                    outages.dies();
                    site.broker.kill();
                });
            } finally {
                site.redisProxy.cut();
                site.redisProxy.resume();
            }
        });
        outages.during(What.BROKER, site.broker::start);
    }

    /** B4; gives the exit code. */
    int terminateBroker() throws Exception {
        int[] code = {-1};
        outages.during(What.BROKER, () -> {
            site.broker.signal("TERM");
            code[0] = site.broker.exitCode();
            site.broker.start();
        });
        return code[0];
    }

    /** B5. */
    void pauseBroker(Duration length) throws Exception {
        outages.during(What.BROKER, () -> {
            site.broker.signal("STOP");
            Trial.pause(length);
            site.broker.signal("CONT");
        });
    }

    /** R1: away for a moment, or for longer than anyone waits. */
    void killRedis() throws Exception {
        outages.during(What.REDIS, () -> {
            site.redis.kill();
            Trial.pause(Duration.ofMillis(random.nextInt(2) * random.nextLong(2 * Site.REDIS_TIMEOUT.toMillis())));
            site.redis.restart();
        });
    }

    /** R3. */
    void pauseRedis(Duration length) throws Exception {
        outages.during(What.REDIS, () -> {
            site.redis.signal("STOP");
            Trial.pause(length);
            site.redis.signal("CONT");
        });
    }

    /** R4: answers come after nobody waits for them any more. */
    void delayRedis() throws Exception {
        outages.during(What.REDIS, () -> {
            site.redisProxy.delay(Site.REDIS_TIMEOUT.plusMillis(300).toMillis());
            Trial.pause(REDIS_LATE);
            site.redisProxy.delay(0);
        });
    }

    /** R4: the script runs, its answer is lost with the connection. */
    void cutRedis() throws Exception {
        outages.during(What.REDIS, () -> site.redisProxy.cutAfter(Way.TO_CLIENT, random.nextInt(400)));
    }

    /** R5. */
    void flushRedis(Load load) throws Exception {
        outages.during(What.REDIS, () -> {
            try (Jedis redis = site.redis.open()) {
                try {
                    flushWhenEmpty(redis, Duration.ofSeconds(5));
                } catch (AssertionError neverEmpty) {
                    // A busy machine's archive is always some entries behind as long as more come.
                    load.hold(() -> flushWhenEmpty(redis, Duration.ofSeconds(60)));
                }
            }
        });
    }

    private static void flushWhenEmpty(Jedis redis, Duration patience) {
        Eventually.within(
                patience, "the outbox is empty", () -> redis.eval(FLUSH).equals(1L));
    }

    /** P1, while so many are answered as come in that time. */
    void stopPostgres(Load load, int answers) throws Exception {
        outages.during(What.POSTGRES, () -> {
            site.postgres.stop();
            load.awaitMore(answers);
            site.postgres.restart();
        });
    }

    /** P2. */
    void killPostgres() throws Exception {
        outages.during(What.POSTGRES, () -> {
            site.postgres.kill();
            site.postgres.restart();
        });
    }

    /** P5: somewhere in a transaction, its commit's answer included. */
    void cutPostgres() throws Exception {
        outages.during(What.POSTGRES, () -> site.postgresProxy.cutAfter(Way.TO_CLIENT, random.nextInt(400)));
    }

    /** D1: two faults of different parts at once; says which. */
    String pair() throws Exception {
        int first = random.nextInt(3);
        int second = (first + 1 + random.nextInt(2)) % 3;
        List<Named> both = List.of(any(first), any(second));
        var threads = both.stream().map(Breakage::begun).toList();
        for (FutureTask<Void> thread : threads) {
            thread.get();
        }
        return both.getFirst().name + " + " + both.getLast().name;
    }

    private record Named(String name, Outages.Break how) {}

    /** In a thread of its own: the common pool may have one for all. */
    private static FutureTask<Void> begun(Named fault) {
        var task = new FutureTask<Void>(() -> {
            fault.how.run();
            return null;
        });
        Thread.startVirtualThread(task);
        return task;
    }

    private Named any(int part) {
        List<Named> ways = switch (part) {
            case BROKER ->
                List.of(
                        new Named("broker -9", this::killBroker),
                        new Named("broker STOP", () -> pauseBroker(Duration.ofSeconds(5))),
                        new Named("broker TERM", this::terminateBroker));
            case REDIS ->
                List.of(
                        new Named("Redis -9", this::killRedis),
                        new Named("Redis STOP", () -> pauseRedis(Duration.ofSeconds(5))),
                        new Named("Redis late", this::delayRedis),
                        new Named("Redis cut", this::cutRedis));
            default ->
                List.of(new Named("Postgres -9", this::killPostgres), new Named("Postgres cut", this::cutPostgres));
        };
        return ways.get(random.nextInt(ways.size()));
    }
}
