package gptbroker.admission;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import gptbroker.admission.Quotas.Quota;
import gptbroker.identity.Caller;
import gptbroker.problem.Problem;
import gptbroker.testing.TestRedis;
import java.util.concurrent.ThreadLocalRandom;
import org.junit.jupiter.api.Test;

/** Setting a day back while calls are under way: no refund may take what a later call has paid. */
class QuotasTest {
    @Test
    void openCallsStayCounted() {
        try (var rig = new Rig(TestRedis.shared())) {
            RedisAdmission admission = rig.start();
            Caller user = Rig.user();
            Rig.settle(admission, Rig.reserve(admission, user), 1);
            Reservation failing = Rig.reserve(admission, user);
            Reservation lasting = Rig.reserve(admission, user);
            Quota reset = admission.quotas().reset(user.id());
            assertThat(reset.before()).isEqualTo(3);
            assertThat(reset.used()).isEqualTo(2);
            assertThat(reset.open()).isEqualTo(2);
            Rig.settle(admission, failing, 0);
            assertThat(rig.used(user)).isEqualTo(1);
            Rig.settle(admission, lasting, 1);
            assertThat(rig.used(user)).isEqualTo(1);
            assertThat(admission.quotas().of(user.id()).used()).isEqualTo(1);
        }
    }

    @Test
    void aRefundAfterAResetNeverGoesBelowNought() {
        try (var rig = new Rig(TestRedis.shared())) {
            RedisAdmission admission = rig.start();
            Caller user = Rig.user();
            Reservation late = Rig.reserve(admission, user);
            try (var jedis = TestRedis.shared().open()) {
                // As after the reaper: charged, and no longer among the live calls.
                jedis.zrem(rig.keys.key(0, "live:" + user.id()), late.id().toString());
            }
            assertThat(admission.quotas().reset(user.id()).used()).isZero();
            Rig.settle(admission, late, 0);
            assertThat(rig.used(user)).isZero();
        }
    }

    @Test
    void manyCallsAndManyResetsEndWithWhatIsOpen() throws Exception {
        try (var rig = new Rig(TestRedis.shared())) {
            rig.concurrency = 0;
            rig.daily = 100_000;
            rig.rate = 0;
            RedisAdmission admission = rig.start();
            Caller user = Rig.user();
            Rig.inParallel(200, () -> {
                Reservation reservation = Rig.reserve(admission, user);
                if (ThreadLocalRandom.current().nextInt(4) == 0) {
                    assertThat(admission.quotas().reset(user.id()).used()).isPositive();
                }
                Rig.settle(admission, reservation, 0);
                return null;
            });
            assertThat(rig.used(user)).isZero();
        }
    }

    @Test
    void withoutRedisNothingIsKnown() {
        try (var redis = TestRedis.start();
                var rig = new Rig(redis)) {
            RedisAdmission admission = rig.startImpatient();
            redis.kill();
            assertThatThrownBy(() -> admission.quotas().of("someone")).isInstanceOf(Problem.class);
            assertThatThrownBy(() -> admission.allowlist().list()).isInstanceOf(Problem.class);
        }
    }
}
