package gptbroker.admission;

import static gptbroker.admission.Rig.admit;
import static gptbroker.admission.Rig.reserve;
import static gptbroker.admission.Rig.settle;
import static org.assertj.core.api.Assertions.assertThat;

import gptbroker.admission.Decision.Admitted;
import gptbroker.admission.Decision.Denied;
import gptbroker.config.BrokerConfig.Access;
import gptbroker.config.BrokerConfig.OnRedisDown;
import gptbroker.identity.Caller;
import gptbroker.identity.OwnLimits;
import gptbroker.problem.ProblemCode;
import gptbroker.testing.TestRedis;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Callers that have limits of their own, such as backend projects. */
class OwnLimitsTest {
    private final Rig rig = new Rig(TestRedis.shared());

    @AfterEach
    void close() {
        rig.close();
    }

    private static Caller project(OwnLimits limits) {
        UUID id = UUID.randomUUID();
        return new Caller(
                "project:" + id,
                Caller.Kind.API_KEY,
                Caller.PROJECT_TIER,
                false,
                Optional.empty(),
                Instant.MAX,
                Optional.of(id),
                limits);
    }

    private static OwnLimits daily(long requests) {
        return new OwnLimits(
                OptionalLong.of(requests),
                OptionalInt.empty(),
                OptionalInt.empty(),
                OptionalLong.empty(),
                Optional.empty());
    }

    private static OwnLimits rate(int perMinute) {
        return new OwnLimits(
                OptionalLong.empty(),
                OptionalInt.of(perMinute),
                OptionalInt.empty(),
                OptionalLong.empty(),
                Optional.empty());
    }

    private static OwnLimits concurrency(int calls) {
        return new OwnLimits(
                OptionalLong.empty(),
                OptionalInt.empty(),
                OptionalInt.of(calls),
                OptionalLong.empty(),
                Optional.empty());
    }

    private static ProblemCode reason(Decision decision) {
        return ((Denied) decision).reason();
    }

    @Test
    void theDayIsItsOwn() {
        var admission = rig.start();
        Caller caller = project(daily(2));
        settle(admission, reserve(admission, caller), 1);
        var last = (Admitted) admit(admission, caller);
        assertThat(last.allowance().dailyLimit()).isEqualTo(2);
        settle(admission, last.reservation(), 1);
        assertThat(reason(admit(admission, caller))).isEqualTo(ProblemCode.QUOTA_EXCEEDED);
    }

    @Test
    void absentOnesAreTheTiers() {
        rig.tiers = Map.of(Caller.PROJECT_TIER, 500L);
        var admission = rig.start();
        assertThat(admission.allowance(project(rate(7))).dailyLimit()).isEqualTo(500);
        assertThat(admission.allowance(project(rate(7))).rateLimit()).isEqualTo(7);
        assertThat(admission.allowance(project(daily(1))).rateLimit()).isEqualTo(rig.rate);
    }

    @Test
    void rateAndConcurrencyAreItsOwn() {
        var admission = rig.start();
        Caller slow = project(rate(1));
        settle(admission, reserve(admission, slow), 0);
        assertThat(reason(admit(admission, slow))).isEqualTo(ProblemCode.RATE_EXCEEDED);
        Caller single = project(concurrency(1));
        var running = reserve(admission, single);
        assertThat(reason(admit(admission, single))).isEqualTo(ProblemCode.CONCURRENCY_EXCEEDED);
        settle(admission, running, 1);
        assertThat(admit(admission, single)).isInstanceOf(Admitted.class);
    }

    @Test
    void zeroSuspendsWhateverZeroMeansForATier() {
        var admission = rig.start();
        var tokens = new OwnLimits(
                OptionalLong.empty(), OptionalInt.empty(), OptionalInt.empty(), OptionalLong.of(0), Optional.empty());
        var cost = new OwnLimits(
                OptionalLong.empty(),
                OptionalInt.empty(),
                OptionalInt.empty(),
                OptionalLong.empty(),
                Optional.of(new BigDecimal("0.00")));
        for (OwnLimits limits : List.of(daily(0), rate(0), concurrency(0), tokens, cost)) {
            assertThat(reason(admit(admission, project(limits)))).isEqualTo(ProblemCode.ACCESS_DENIED);
        }
        assertThat(rig.archive.drain().charged()).isEmpty();
    }

    @Test
    void theDoorIsForUsers() {
        rig.access = Access.ALLOWLIST;
        var admission = rig.start();
        assertThat(reason(admit(admission, Rig.user()))).isEqualTo(ProblemCode.ACCESS_DENIED);
        assertThat(admit(admission, project(OwnLimits.NONE))).isInstanceOf(Admitted.class);
    }

    @Test
    void theyHoldWithoutRedisToo() {
        TestRedis redis = TestRedis.start();
        try (var away = new Rig(redis)) {
            away.onRedisDown = OnRedisDown.LOCAL;
            var admission = away.startImpatient();
            redis.kill();
            Caller caller = project(rate(1));
            settle(admission, reserve(admission, caller), 1);
            assertThat(reason(admit(admission, caller))).isEqualTo(ProblemCode.RATE_EXCEEDED);
            assertThat(reason(admit(admission, project(daily(0))))).isEqualTo(ProblemCode.ACCESS_DENIED);
        } finally {
            redis.close();
        }
    }

    @Test
    void aKeysLimitsStandOverItsProjects() {
        OwnLimits both = rate(5).over(daily(9));
        assertThat(both.ratePerMinute()).hasValue(5);
        assertThat(both.dailyRequests()).hasValue(9);
        assertThat(rate(5).over(rate(9)).ratePerMinute()).hasValue(5);
        assertThat(both.any()).isTrue();
        assertThat(OwnLimits.NONE.over(OwnLimits.NONE).any()).isFalse();
    }
}
