package gptbroker.admission;

import static gptbroker.admission.Rig.admit;
import static gptbroker.admission.Rig.reserve;
import static gptbroker.admission.Rig.settle;
import static gptbroker.admission.Rig.user;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import gptbroker.admission.Decision.Admitted;
import gptbroker.admission.Decision.Denied;
import gptbroker.identity.Caller;
import gptbroker.problem.Problem;
import gptbroker.problem.ProblemCode;
import gptbroker.testing.Eventually;
import gptbroker.testing.FaultProxy;
import gptbroker.testing.FaultProxy.Way;
import gptbroker.testing.TestRedis;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import redis.clients.jedis.Jedis;

/** What happens to counters and records while Redis dies, forgets, stops or is far away. */
class RedisFaultTest {
    private static final Duration SOON = Duration.ofSeconds(60);

    private TestRedis redis;
    private Rig rig;

    @BeforeEach
    void startRedis() {
        redis = TestRedis.start();
        rig = new Rig(redis);
    }

    @AfterEach
    void stopRedis() {
        redis.signal("CONT");
        rig.close();
        redis.close();
    }

    @Test
    void killedRedisLosesNoUnitAndNoRecord() throws Exception {
        rig.daily = 1_000_000;
        rig.timeout = Duration.ofSeconds(1); // so that some give up
        var admission = rig.start();
        List<Caller> callers = List.of(user(), user(), user());
        Map<UUID, Integer> settled = new ConcurrentHashMap<>();
        try (var clients = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < 24; i++) {
                var random = new Random(i);
                clients.submit(() -> {
                    for (int call = 0; call < 120; call++) {
                        callOnce(admission, callers.get(random.nextInt(3)), random.nextInt(2), settled);
                    }
                    return null;
                });
            }
            for (int kill = 1; kill <= 3; kill++) {
                int enough = kill * 400;
                Eventually.within(SOON, "calls go on", () -> settled.size() >= enough);
                redis.kill();
                redis.restart();
            }
        }

        assertThat(Rig.admitPatiently(admission, user(), Rig.id())).isInstanceOf(Admitted.class);
        Eventually.within(SOON, "the spill is replayed", () -> rig.spilled() == 0);
        Map<UUID, Integer> charged = rig.archive.drain().charged();
        assertThat(charged).containsAllEntriesOf(settled);
        assertEachIsClosedOnce();
        long sum = charged.values().stream().mapToLong(Integer::longValue).sum();
        assertThat(callers.stream().mapToLong(rig::used).sum()).isEqualTo(sum);
        assertThat(callers.stream().mapToLong(rig::live).sum()).isZero();
    }

    private static void callOnce(Admission admission, Caller caller, int units, Map<UUID, Integer> settled) {
        try {
            if (admit(admission, caller) instanceof Admitted admitted) {
                settle(admission, admitted.reservation(), units);
                settled.put(admitted.reservation().id(), units);
            }
        } catch (Problem away) {
            assertThat(away.code()).isEqualTo(ProblemCode.QUOTA_UNAVAILABLE);
            assertThat(away.retryAfter()).contains(Duration.ofSeconds(5));
        }
    }

    private void assertEachIsClosedOnce() {
        var closes = rig.archive.entries().stream()
                .filter(entry -> entry.startsWith("close"))
                .map(entry -> entry.split(" ")[1])
                .toList();
        assertThat(closes).doesNotHaveDuplicates();
    }

    @Test
    void settlementOfTheLastProcessIsReplayedByTheNext() {
        Caller caller = user();
        rig.timeout = Duration.ofSeconds(2);
        var dying = rig.start();
        var reservation = reserve(dying, caller);
        redis.kill();
        settle(dying, reservation, 0);
        dying.close();
        redis.restart();
        assertThat(rig.used(caller)).isEqualTo(1);

        rig.start();
        Eventually.within(SOON, "refunded", () -> rig.used(caller) == 0);
        assertThat(rig.archive.drain().charged()).containsEntry(reservation.id(), 0);
    }

    @Test
    void stoppedRedisIsUnavailableAndTheDoubtfulReservationIsTakenBack() {
        var other = rig.budget(10_000, 10_000).start();
        Caller caller = user();
        Charge held = Rig.charge(700, 600);
        settle(other, reserve(other, caller, held), Rig.charge(7, 6));
        var admission = rig.startImpatient();

        redis.signal("STOP");
        // The first is sent into the void and will be run when Redis wakes up.
        for (int i = 0; i < 3; i++) {
            assertThatThrownBy(() -> admit(admission, caller, held))
                    .isInstanceOfSatisfying(
                            Problem.class,
                            problem -> assertThat(problem.code()).isEqualTo(ProblemCode.QUOTA_UNAVAILABLE));
        }
        redis.signal("CONT");
        Eventually.within(SOON, "the spill is replayed", () -> admission.ready() && rig.spilled() == 0);
        assertThat(Rig.admitPatiently(admission, user(), Rig.id())).isInstanceOf(Admitted.class);
        assertThat(rig.used(caller)).isEqualTo(1);
        assertThat(rig.spent(caller)).isEqualTo(new Spend(7, 6));
        assertThat(rig.live(caller)).isZero();
    }

    @Test
    void lateReplyNeverAdmitsSomebodyElse() {
        try (var proxy = new FaultProxy(redis.port())) {
            rig.daily = 1;
            var other = rig.start();
            Caller rich = user();
            Caller poor = user();
            settle(other, reserve(other, poor), 1);
            rig.port = proxy.port();
            var admission = rig.startImpatient();
            proxy.stall(Way.TO_CLIENT);
            assertThatThrownBy(() -> admit(admission, rich)).isInstanceOf(Problem.class);
            proxy.resume();
            assertThat(Rig.admitPatiently(admission, poor, Rig.id())).isInstanceOf(Denied.class);
            Eventually.within(SOON, "taken back", () -> rig.used(rich) == 0);
        }
    }

    @Test
    void flushedCountersComeBackFromTheArchive() {
        rig.daily = 5;
        var admission = rig.start();
        Caller caller = user();
        for (int i = 0; i < 3; i++) {
            settle(admission, reserve(admission, caller), 1);
        }
        var running = reserve(admission, caller);
        rig.archive.drain();
        var unseen = reserve(admission, caller); // its open record is lost with Redis
        redis.flush();

        Eventually.within(SOON, "rebuilt", () -> !denies(admission, user()));
        assertThat(rig.used(caller)).isEqualTo(4);
        assertThat(rig.live(caller)).isEqualTo(1);
        settle(admission, running, 0);
        assertThat(rig.used(caller)).isEqualTo(3);
        settle(admission, unseen, 1);
        assertThat(rig.used(caller)).isEqualTo(4);
        assertThat(rig.archive.drain().entries(unseen.id())).hasSize(2);
        reserve(admission, caller);
        assertThat(((Denied) admit(admission, caller)).reason()).isEqualTo(ProblemCode.QUOTA_EXCEEDED);
    }

    @Test
    void withoutArchiveLostCountersKeepTheDoorShut() {
        var admission = rig.start();
        Caller caller = user();
        var running = reserve(admission, caller);
        rig.archive.drain();
        rig.archive.away = true;
        redis.flush();
        assertThatThrownBy(() -> admit(admission, user()))
                .isInstanceOfSatisfying(
                        Problem.class, problem -> assertThat(problem.code()).isEqualTo(ProblemCode.QUOTA_UNAVAILABLE));
        Eventually.within(SOON, "an alarm sees it", () -> rig.degraded("counters"));
        settle(admission, running, 1); // goes to the spill: nothing may be counted yet
        assertThat(rig.spilled()).isEqualTo(1);

        rig.archive.away = false;
        Eventually.within(SOON, "rebuilt though nobody asks", () -> !rig.degraded("counters"));
        assertThat(Rig.admitPatiently(admission, user(), Rig.id())).isInstanceOf(Admitted.class);
        Eventually.within(SOON, "replayed", () -> rig.spilled() == 0);
        assertThat(rig.used(caller)).isEqualTo(1);
        assertThat(rig.archive.drain().charged()).containsEntry(running.id(), 1);
    }

    @Test
    void whatIsGivenBackWhileARebuildBeginsAgainStaysGivenBack() {
        var admission = rig.start();
        Caller caller = user();
        var running = reserve(admission, caller);
        rig.archive.drain();
        redis.flush();
        Eventually.within(SOON, "rebuilt", () -> !denies(admission, user()));
        // As if that rebuild had been cut off before its end.
        rig.archive.away = true;
        try (Jedis jedis = redis.open()) {
            jedis.del(rig.keys.key(0, "epoch"));
        }
        settle(admission, running, 0);
        rig.archive.away = false;
        assertThat(Rig.admitPatiently(admission, user(), Rig.id())).isInstanceOf(Admitted.class);
        Eventually.within(SOON, "replayed", () -> rig.spilled() == 0);
        assertThat(rig.used(caller)).isZero();
        assertThat(rig.archive.drain().charged()).containsEntry(running.id(), 0);
    }

    static boolean denies(Admission admission, Caller caller) {
        try {
            return switch (admit(admission, caller)) {
                case Denied denied -> true;
                case Admitted(var reservation, var allowance) -> {
                    // Not yet; what was reserved meanwhile must not be taken for a leak.
                    settle(admission, reservation, 1);
                    yield false;
                }
            };
        } catch (Problem problem) {
            return true;
        }
    }
}
