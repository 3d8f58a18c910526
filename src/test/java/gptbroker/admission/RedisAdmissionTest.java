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
import gptbroker.identity.Caller;
import gptbroker.problem.Problem;
import gptbroker.problem.ProblemCode;
import gptbroker.testing.TestRedis;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The rules of admission on a Redis that behaves. */
class RedisAdmissionTest {
    private final Rig rig = new Rig(TestRedis.shared());

    @AfterEach
    void close() {
        rig.close();
    }

    @Test
    void lastUnitIsGivenOnce() throws Exception {
        rig.daily = 1;
        var admission = rig.start();
        Caller caller = user();

        List<Decision> decisions = Rig.inParallel(200, () -> admit(admission, caller));

        assertThat(decisions).filteredOn(Admitted.class::isInstance).hasSize(1);
        assertThat(decisions)
                .filteredOn(Denied.class::isInstance)
                .extracting(decision -> ((Denied) decision).reason())
                .containsOnly(ProblemCode.QUOTA_EXCEEDED)
                .hasSize(199);
        assertThat(rig.used(caller)).isEqualTo(1);
        assertThat(rig.archive.drain().entries()).hasSize(1);
    }

    @Test
    void admitAndSettleAreIdempotent() {
        var admission = rig.start();
        Caller caller = user();
        var id = Rig.id();

        var first = (Admitted) admit(admission, caller, id);
        var second = (Admitted) admit(admission, caller, id);
        assertThat(second.reservation()).isEqualTo(first.reservation());
        assertThat(rig.used(caller)).isEqualTo(1);
        assertThat(rig.live(caller)).isEqualTo(1);

        settle(admission, first.reservation(), 1);
        settle(admission, first.reservation(), 0);
        assertThat(rig.used(caller)).isEqualTo(1);
        assertThat(rig.live(caller)).isZero();
        assertThat(rig.archive.drain().entries(id))
                .extracting(entry -> entry.split(" ")[0])
                .containsExactly("open", "close");
    }

    @Test
    void refundGivesTheUnitBack() {
        rig.daily = 1;
        var admission = rig.start();
        Caller caller = user();

        settle(admission, reserve(admission, caller), 0);
        assertThat(rig.used(caller)).isZero();
        assertThat(admission.allowance(caller).dailyRemaining()).isEqualTo(1);
        settle(admission, reserve(admission, caller), 1);
        var denied = (Denied) admit(admission, caller);
        assertThat(denied.reason()).isEqualTo(ProblemCode.QUOTA_EXCEEDED);
        assertThat(denied.retryAfter()).isBetween(Duration.ZERO, Duration.ofHours(24));
        assertThat(denied.allowance().dailyRemaining()).isZero();
        assertThat(denied.allowance().dailyLimit()).isEqualTo(1);
    }

    @Test
    void concurrencyIsHeldUntilSettled() {
        rig.concurrency = 2;
        var admission = rig.start();
        Caller caller = user();
        var first = reserve(admission, caller);
        reserve(admission, caller);

        assertThat(((Denied) admit(admission, caller)).reason()).isEqualTo(ProblemCode.CONCURRENCY_EXCEEDED);
        assertThat(admit(admission, user())).isInstanceOf(Admitted.class);
        settle(admission, first, 1);
        assertThat(admit(admission, caller)).isInstanceOf(Admitted.class);
    }

    @Test
    void allowlistIsExactAndExemptsFromTheDayOnly() {
        rig.daily = 1;
        rig.rate = 3;
        rig.allowlist = Set.of("user-10");
        var admission = rig.start();

        for (int i = 0; i < 3; i++) {
            var admitted = (Admitted) admit(admission, user("user-10"));
            assertThat(admitted.allowance().metered()).isFalse();
        }
        assertThat(rig.used(user("user-10"))).isEqualTo(3);
        assertThat(((Denied) admit(admission, user("user-10"))).reason()).isEqualTo(ProblemCode.RATE_EXCEEDED);
        for (String near : List.of("user-1", "user-100", "USER-10", "er-10")) {
            assertThat(admit(admission, user(near))).isInstanceOf(Admitted.class);
            assertThat(((Denied) admit(admission, user(near))).reason()).isEqualTo(ProblemCode.QUOTA_EXCEEDED);
        }
    }

    @Test
    void allowlistAsADoorChangesAtRunTime() {
        rig.access = Access.ALLOWLIST;
        rig.allowlist = Set.of("listed");
        var admission = rig.start();

        assertThat(admit(admission, user("listed"))).isInstanceOf(Admitted.class);
        var denied = (Denied) admit(admission, user("other"));
        assertThat(denied.reason()).isEqualTo(ProblemCode.ACCESS_DENIED);
        assertThat(denied.retryAfter()).isZero();

        assertThat(admission.allowlist().add("other")).isTrue();
        assertThat(admission.allowlist().list()).containsExactly("listed", "other");
        assertThat(admit(admission, user("other"))).isInstanceOf(Admitted.class);
        assertThat(admission.allowlist().remove("other")).isTrue();
        assertThat(admit(admission, user("other"))).isInstanceOf(Denied.class);
    }

    @Test
    void tiersHaveTheirOwnDay() {
        rig.tiers = Map.of("pro", 500L);
        var admission = rig.start();
        var pro = new Caller("p", Caller.Kind.SUPABASE_USER, "pro", false, Optional.empty(), Instant.MAX);
        var unknown = new Caller("q", Caller.Kind.SUPABASE_USER, "gold", false, Optional.empty(), Instant.MAX);
        var anonymous =
                new Caller("r", Caller.Kind.SUPABASE_USER, Caller.ANONYMOUS_TIER, true, Optional.empty(), Instant.MAX);
        var operator = new Caller("admin", Caller.Kind.ADMIN, "default", false, Optional.empty(), Instant.MAX);

        assertThat(admission.allowance(pro).dailyLimit()).isEqualTo(500);
        assertThat(admission.allowance(unknown).dailyLimit()).isEqualTo(50);
        assertThat(admission.allowance(anonymous).dailyLimit()).isEqualTo(3);
        assertThat(admission.allowance(operator).metered()).isFalse();
    }

    @Test
    void fullOutboxClosesAdmission() {
        rig.highWater = 2;
        var admission = rig.start();
        Caller caller = user();
        reserve(admission, caller);
        reserve(admission, caller);

        assertThatThrownBy(() -> admit(admission, caller))
                .isInstanceOfSatisfying(
                        Problem.class, problem -> assertThat(problem.code()).isEqualTo(ProblemCode.ARCHIVE_FULL));
        rig.archive.drain();
        assertThat(admit(admission, caller)).isInstanceOf(Admitted.class);
    }

    @Test
    void checkpointsStopAtTheEnd() {
        var admission = rig.start();
        Caller caller = user();
        var reservation = reserve(admission, caller);
        admission.checkpoint(reservation, "partial".getBytes(java.nio.charset.StandardCharsets.UTF_8));
        gptbroker.testing.Eventually.within(
                Duration.ofSeconds(60),
                "checkpoint arrives",
                () -> rig.archive.drain().entries().contains("partial"));
        settle(admission, reservation, 1);
        admission.checkpoint(reservation, "late".getBytes(java.nio.charset.StandardCharsets.UTF_8));
        assertThat(admission.ready()).isTrue();
        reserve(admission, caller);
        assertThat(rig.archive.drain().entries()).doesNotContain("late");
    }

    @Test
    void oddCallerIdsNeverReachAKey() {
        var admission = rig.start();
        for (String odd : List.of("", "a b", "a\n", "{0}", "a*", "ü", "x".repeat(129))) {
            assertThatThrownBy(() -> admit(admission, user(odd))).isInstanceOf(IllegalArgumentException.class);
        }
    }

    @Test
    void counterEqualsTheSettledUnits() throws Exception {
        rig.daily = 1_000_000;
        var admission = rig.start();
        List<Caller> callers = List.of(user(), user(), user());
        Rig.inParallel(64, () -> {
            var random = new Random();
            for (int i = 0; i < 20; i++) {
                Caller caller = callers.get(random.nextInt(callers.size()));
                var reservation = reserve(admission, caller);
                settle(admission, reservation, random.nextInt(2));
                if (random.nextInt(4) == 0) {
                    settle(admission, reservation, 1);
                }
            }
            return true;
        });
        var charged = rig.archive.drain().charged();
        assertThat(charged).hasSize(64 * 20);
        long sum = charged.values().stream().mapToLong(Integer::longValue).sum();
        assertThat(callers.stream().mapToLong(rig::used).sum()).isEqualTo(sum);
        assertThat(callers.stream().mapToLong(rig::live).sum()).isZero();
    }
}
