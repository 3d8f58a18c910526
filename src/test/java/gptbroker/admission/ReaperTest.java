package gptbroker.admission;

import static gptbroker.admission.Rig.reserve;
import static gptbroker.admission.Rig.settle;
import static gptbroker.admission.Rig.user;
import static org.assertj.core.api.Assertions.assertThat;

import gptbroker.admission.Decision.Admitted;
import gptbroker.identity.Caller;
import gptbroker.testing.Eventually;
import gptbroker.testing.TestRedis;
import java.time.Duration;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import redis.clients.jedis.Jedis;

/** Who closes the calls of a broker that died. */
class ReaperTest {
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
    void deadBrokersCallsAreClosedAndALateSettlementCorrectsThem() {
        rig.concurrency = 1;
        rig.silence = Duration.ofMillis(50);
        Caller caller = user();
        var sleeper = rig.create(); // no heartbeat: looks dead at once
        var living = rig.start();
        var reservation = (Admitted) Rig.admitPatiently(sleeper, caller, Rig.id());
        UUID id = reservation.reservation().id();

        Eventually.within(SOON, "reaped", () -> {
            living.sweep();
            return rig.live(caller) == 0;
        });
        assertThat(rig.archive.drain().entries(id)).last().asString().endsWith("interrupted");
        assertThat(rig.used(caller)).isEqualTo(1);
        settle(living, reserve(living, caller), 1);

        settle(sleeper, reservation.reservation(), 0);
        settle(sleeper, reservation.reservation(), 0);
        assertThat(rig.used(caller)).isEqualTo(1);
        assertThat(rig.archive.drain().entries(id)).hasSize(3).last().asString().endsWith("error");
    }

    @Test
    void whatADeadBrokersCallReservedStaysChargedWhole() {
        rig.silence = Duration.ofMillis(50);
        Caller caller = user();
        var sleeper = rig.create();
        var living = rig.start();
        UUID id = Rig.id();
        assertThat(sleeper.admit(caller, id, Charge.units(3), RecordedArchive.open(id, caller.id())))
                .isInstanceOf(Admitted.class);

        Eventually.within(SOON, "reaped", () -> {
            living.sweep();
            return rig.live(caller) == 0;
        });
        assertThat(rig.archive.drain().entries(id)).last().asString().endsWith("3 interrupted");
        assertThat(rig.used(caller)).isEqualTo(3);
    }

    /** A paused broker's call, taken for dead and charged; then Redis loses its data, and only the archive knows. */
    @Test
    void callThatWasTakenForDeadIsNotChargedAgainAfterALossOfTheCounters() {
        rig.silence = Duration.ofMillis(50);
        Caller caller = user();
        var sleeper = rig.create();
        var living = rig.start();
        var one = ((Admitted) Rig.admitPatiently(sleeper, caller, Rig.id())).reservation();
        var other = ((Admitted) Rig.admitPatiently(sleeper, caller, Rig.id())).reservation();
        Eventually.within(SOON, "reaped", () -> {
            living.sweep();
            return rig.live(caller) == 0;
        });
        rig.archive.drain();
        redis.flush();
        Eventually.within(SOON, "rebuilt", () -> !RedisFaultTest.denies(living, user()));
        assertThat(rig.used(caller)).isEqualTo(2);

        settle(sleeper, one, 1);
        assertThat(rig.used(caller)).isEqualTo(2);
        settle(sleeper, other, 0);
        assertThat(rig.used(caller)).isEqualTo(1);
        rig.archive.drain();
        assertThat(rig.archive.charged()).containsEntry(one.id(), 1).containsEntry(other.id(), 0);
    }

    @Test
    void livingBrokersCallsAreLeftAlone() {
        var one = rig.start();
        var other = rig.start();
        Caller caller = user();
        var reservation = reserve(one, caller);
        for (int i = 0; i < 5; i++) {
            other.sweep();
        }
        assertThat(rig.live(caller)).isEqualTo(1);
        settle(one, reservation, 1);
        one.close();
        try (Jedis jedis = redis.open()) {
            assertThat(jedis.zcard(rig.keys.key(0, "instances"))).isEqualTo(1);
        }
    }
}
