package gptbroker.admission;

import static gptbroker.admission.Rig.admit;
import static gptbroker.admission.Rig.settle;
import static gptbroker.admission.Rig.user;
import static org.assertj.core.api.Assertions.assertThat;

import gptbroker.admission.Decision.Admitted;
import gptbroker.admission.Decision.Denied;
import gptbroker.identity.Caller;
import gptbroker.problem.ProblemCode;
import gptbroker.testing.TestRedis;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import redis.clients.jedis.Jedis;

/** GCRA in Redis. */
class RateTest {
    private final Rig rig = new Rig(TestRedis.shared());

    @AfterEach
    void close() {
        rig.close();
    }

    @Test
    void rateLetsABurstInAndThenOneEachStep() {
        rig.rate = 5;
        var admission = rig.start();
        Caller caller = user();
        for (int i = 0; i < 5; i++) {
            var admitted = (Admitted) admit(admission, caller);
            assertThat(admitted.allowance().rateRemaining()).isLessThanOrEqualTo(4 - i);
            settle(admission, admitted.reservation(), 0);
        }

        var denied = (Denied) admit(admission, caller);
        var again = (Denied) admit(admission, caller);

        assertThat(denied.reason()).isEqualTo(ProblemCode.RATE_EXCEEDED);
        assertThat(denied.retryAfter()).isBetween(Duration.ofMillis(1), Duration.ofSeconds(12));
        assertThat(again.retryAfter()).isLessThanOrEqualTo(denied.retryAfter()); // a refusal extends nothing
        assertThat(rig.used(caller)).isZero(); // refunds of the day do not refund the rate
    }

    @Test
    void rateIsExactToTheMicrosecond() {
        rig.rate = 7; // does not divide a minute
        var admission = rig.start();
        Caller caller = user();
        String key = rig.keys.key(0, "rate:" + caller.id());
        long step = 8_571_429;
        try (Jedis jedis = TestRedis.shared().open()) {
            var time = jedis.time();
            long now = Long.parseLong(time.get(0)) * 1_000_000 + Long.parseLong(time.get(1));
            // One more call may come when the bucket is 6 steps behind: the answer must be the old tat plus one step.
            long tat = now + 6 * step - 1_000_000;
            jedis.set(key, Long.toString(tat));
            assertThat(admit(admission, caller)).isInstanceOf(Admitted.class);
            assertThat(jedis.get(key)).isEqualTo(Long.toString(tat + step));
        }
    }

    @Test
    void clockThatWentBackCostsAtMostABurst() {
        rig.rate = 60;
        var admission = rig.start();
        Caller caller = user();
        try (Jedis jedis = TestRedis.shared().open()) {
            long hourAhead = (System.currentTimeMillis() + 3_600_000) * 1000;
            jedis.set(rig.keys.key(0, "rate:" + caller.id()), Long.toString(hourAhead));
        }
        var denied = (Denied) admit(admission, caller);
        assertThat(denied.retryAfter()).isLessThanOrEqualTo(Duration.ofSeconds(1));
    }
}
