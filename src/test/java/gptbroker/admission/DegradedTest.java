package gptbroker.admission;

import static gptbroker.admission.Rig.admit;
import static gptbroker.admission.Rig.reserve;
import static gptbroker.admission.Rig.settle;
import static gptbroker.admission.Rig.user;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import gptbroker.admission.Decision.Admitted;
import gptbroker.admission.Decision.Denied;
import gptbroker.config.BrokerConfig.Access;
import gptbroker.config.BrokerConfig.OnRedisDown;
import gptbroker.identity.Caller;
import gptbroker.problem.Problem;
import gptbroker.problem.ProblemCode;
import gptbroker.testing.Eventually;
import gptbroker.testing.Ports;
import gptbroker.testing.TestRedis;
import java.time.Duration;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import redis.clients.jedis.Jedis;

/** What admission does while Redis cannot write, is away or has just come. */
class DegradedTest {
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
    void fullRedisRefusesAdmissionButTakesSettlements() {
        var admission = rig.start();
        Caller caller = user();
        var reservation = reserve(admission, caller);
        try (Jedis jedis = redis.open()) {
            jedis.configSet("maxmemory", "1");
            assertThatThrownBy(() -> admit(admission, caller)).isInstanceOf(Problem.class);
            settle(admission, reservation, 1);
            assertThat(rig.spilled()).isZero();
            jedis.configSet("maxmemory", "0");
        }
        assertThat(admit(admission, caller)).isInstanceOf(Admitted.class);
        assertThat(rig.used(caller)).isEqualTo(2);
        assertThat(rig.archive.drain().charged()).containsEntry(reservation.id(), 1);
    }

    @Test
    void anAlarmSeesAFullRedisWhateverIsSettledMeanwhile() {
        var admission = rig.create(); // no heartbeat: nobody else looks
        var running = ((Admitted) Rig.admitPatiently(admission, user(), Rig.id())).reservation();
        assertThat(rig.degraded("redis")).isFalse();
        try (Jedis jedis = redis.open()) {
            jedis.configSet("maxmemory", "1");
            assertThatThrownBy(() -> admit(admission, user())).isInstanceOf(Problem.class);
            settle(admission, running, 1);
            assertThat(rig.degraded("redis")).isTrue();
            jedis.configSet("maxmemory", "0");
        }
        assertThat(admit(admission, user())).isInstanceOf(Admitted.class);
        assertThat(rig.degraded("redis")).isFalse();
    }

    @Test
    void localModeCountsInThisProcessAndSettlesLater() {
        rig.onRedisDown = OnRedisDown.LOCAL;
        rig.daily = 2;
        var admission = rig.startImpatient();
        Caller caller = user();
        redis.kill();
        var refunded = reserve(admission, caller);
        settle(admission, refunded, 0);
        var charged = reserve(admission, caller);
        settle(admission, charged, 1);
        var open = reserve(admission, caller);
        assertThat(((Denied) admit(admission, caller)).reason()).isEqualTo(ProblemCode.QUOTA_EXCEEDED);

        redis.restart();
        Eventually.within(SOON, "replayed", () -> admission.ready() && rig.spilled() == 0);
        settle(admission, open, 1);
        Eventually.within(SOON, "settled, were it by the replay", () -> rig.spilled() == 0);
        assertThat(rig.used(caller)).isEqualTo(2);
        assertThat(rig.archive.drain().charged())
                .containsEntry(refunded.id(), 0)
                .containsEntry(charged.id(), 1)
                .containsEntry(open.id(), 1);
    }

    @Test
    void openModeLetsEveryoneIn() {
        rig.onRedisDown = OnRedisDown.OPEN;
        rig.daily = 0;
        assertThat(admit(rig.start(), user())).isInstanceOf(Denied.class);
        var admission = rig.startImpatient();
        redis.kill();
        for (int i = 0; i < 3; i++) {
            settle(admission, reserve(admission, user()), 1);
        }
        redis.restart();
    }

    @Test
    void noOutageOpensTheDoor() {
        rig.onRedisDown = OnRedisDown.OPEN;
        rig.access = Access.ALLOWLIST;
        rig.allowlist = Set.of("listed");
        var admission = rig.startImpatient();
        redis.kill();
        assertThat(((Denied) admit(admission, user())).reason()).isEqualTo(ProblemCode.ACCESS_DENIED);
        assertThat(admit(admission, user("listed"))).isInstanceOf(Admitted.class);
        redis.restart();
    }

    @Test
    void whoIsRefusedHereIsNotHeldToHaveCalledThere() {
        rig.onRedisDown = OnRedisDown.LOCAL;
        rig.daily = 0;
        var admission = rig.start();
        Caller caller = user();
        admission.allowlist().add(caller.id()); // which Redis alone knows
        settle(admission, reserve(admission, caller), 1);
        redis.signal("STOP");
        UUID sent = Rig.id(); // into the void: Redis will admit it when it wakes up
        assertThat(((Denied) admit(admission, caller, sent)).reason()).isEqualTo(ProblemCode.QUOTA_EXCEEDED);
        redis.signal("CONT");
        try (Jedis jedis = redis.open()) {
            Eventually.within(SOON, "run", () -> jedis.exists(rig.keys.key(0, "resv:" + sent)));
        }
        Eventually.within(SOON, "taken back", () -> rig.spilled() == 0 && rig.live(caller) == 0);
        assertThat(rig.used(caller)).isEqualTo(1);
    }

    @Test
    void startsBeforeRedis() {
        redis.kill();
        rig.allowlist = Set.of("listed");
        var admission = rig.start();
        assertThat(admission.ready()).isFalse();
        redis.restart();
        assertThat(Rig.admitPatiently(admission, user(), Rig.id())).isInstanceOf(Admitted.class);
        Eventually.within(SOON, "seeded", () -> admission.allowlist().list().contains("listed"));
    }

    @Test
    void scriptFlushIsInvisible() {
        var admission = rig.start();
        for (int i = 0; i < 3; i++) {
            try (Jedis jedis = redis.open()) {
                jedis.scriptFlush();
            }
            settle(admission, reserve(admission, user()), 1);
        }
        assertThat(rig.spilled()).isZero();
    }

    @Test
    void replicaIsUnavailableUntilItIsPrimaryAgain() throws Exception {
        var admission = rig.start();
        Caller caller = user();
        settle(admission, reserve(admission, caller), 1);
        try (Jedis jedis = redis.open()) {
            jedis.replicaof("127.0.0.1", Ports.free());
            var reservation = Rig.id();
            assertThatThrownBy(() -> admit(admission, caller, reservation)).isInstanceOf(Problem.class);
            jedis.replicaofNoOne();
        }
        assertThat(Rig.admitPatiently(admission, caller, Rig.id())).isInstanceOf(Admitted.class);
        assertThat(rig.used(caller)).isEqualTo(2);
    }

    @Test
    void busyRedisIsUnavailable() {
        var admission = rig.start();
        Caller caller = user();
        settle(admission, reserve(admission, caller), 1);
        try (Jedis jedis = redis.open();
                Jedis stuck = redis.open()) {
            jedis.configSet("lua-time-limit", "1");
            var loop = Thread.ofVirtual().start(() -> {
                try {
                    stuck.eval("while true do end");
                } catch (redis.clients.jedis.exceptions.JedisException killed) {
                    // as intended
                }
            });
            Eventually.within(SOON, "unavailable", () -> RedisFaultTest.denies(admission, caller));
            jedis.scriptKill();
            Eventually.within(SOON, "killed", () -> !loop.isAlive());
        }
        assertThat(Rig.admitPatiently(admission, user(), Rig.id())).isInstanceOf(Admitted.class);
        Eventually.within(SOON, "doubtful reservations are taken back", () -> rig.live(caller) == 0);
    }
}
