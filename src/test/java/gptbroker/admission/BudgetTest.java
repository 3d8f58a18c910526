package gptbroker.admission;

import static gptbroker.admission.Rig.charge;
import static org.assertj.core.api.Assertions.assertThat;

import gptbroker.config.BrokerConfig.OnRedisDown;
import gptbroker.config.Budget;
import gptbroker.config.Spending;
import gptbroker.identity.Caller;
import gptbroker.problem.ProblemCode;
import gptbroker.testing.Eventually;
import gptbroker.testing.TestRedis;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import redis.clients.jedis.Jedis;

/** Tokens and money of the day, beside its requests. */
class BudgetTest {
    private TestRedis redis;
    private Rig rig;

    @BeforeEach
    void startRedis() {
        redis = TestRedis.start();
        rig = new Rig(redis);
    }

    @AfterEach
    void stopRedis() {
        rig.close();
        redis.close();
    }

    private static Decision.Denied denied(Decision decision) {
        assertThat(decision).isInstanceOf(Decision.Denied.class);
        return (Decision.Denied) decision;
    }

    @Test
    void whatDoesNotFitIntoTheDayIsRefusedAndCostsNothing() {
        RedisAdmission admission = rig.budget(1_000, 500).start();
        Caller user = Rig.user();
        Rig.settle(admission, Rig.reserve(admission, user, charge(600, 100)), charge(600, 100));

        var tokens = denied(Rig.admit(admission, user, charge(401, 0)));
        assertThat(tokens.reason()).isEqualTo(ProblemCode.TOKEN_QUOTA_EXCEEDED);
        assertThat(tokens.allowance().tokens()).isEqualTo(new Allowance.Left(1_000, 400));
        assertThat(tokens.retryAfter()).isEqualTo(tokens.allowance().dailyReset());
        var cost = denied(Rig.admit(admission, user, charge(400, 401)));
        assertThat(cost.reason()).isEqualTo(ProblemCode.COST_QUOTA_EXCEEDED);
        assertThat(cost.allowance().nanoUsd()).isEqualTo(new Allowance.Left(500, 400));
        assertThat(rig.spent(user)).isEqualTo(new Spend(600, 100));
        assertThat(rig.used(user)).isEqualTo(1);

        Rig.reserve(admission, user, charge(400, 400));
        assertThat(admission.allowance(user).tokens().remaining()).isZero();
        assertThat(admission.allowance(user).nanoUsd().remaining()).isZero();
    }

    @Test
    void settlingPutsWhatWasSpentInThePlaceOfWhatWasHeld() {
        RedisAdmission admission = rig.budget(10_000, 10_000).start();
        Caller user = Rig.user();
        Rig.settle(admission, Rig.reserve(admission, user, charge(1_000, 900)), charge(30, 20));
        assertThat(rig.spent(user)).isEqualTo(new Spend(30, 20));
        Rig.settle(admission, Rig.reserve(admission, user, charge(1_000, 900)), charge(0, 0, 0));
        assertThat(rig.spent(user)).isEqualTo(new Spend(30, 20));
        assertThat(rig.used(user)).isEqualTo(1);
        // An answer may be longer than anyone thought.
        Reservation longer = Rig.reserve(admission, user, charge(1_000, 900));
        Rig.settle(admission, longer, charge(50_000, 60_000));
        Rig.settle(admission, longer, charge(50_000, 60_000));
        assertThat(rig.spent(user)).isEqualTo(new Spend(50_030, 60_020));
        assertThat(denied(Rig.admit(admission, user, charge(1, 1)))
                        .allowance()
                        .tokens()
                        .remaining())
                .isZero();
    }

    @Test
    void ofParallelCallsOnlyThoseEnterWhoseTokensAreLeft() throws Exception {
        rig.daily = 1_000;
        RedisAdmission admission = rig.budget(1_050, 1_000_000).start();
        Caller user = Rig.user();
        var decisions = Rig.inParallel(100, () -> Rig.admit(admission, user, charge(100, 1)));
        assertThat(decisions.stream().filter(Decision.Admitted.class::isInstance))
                .hasSize(10);
        assertThat(rig.spent(user)).isEqualTo(new Spend(1_000, 10));
    }

    @Test
    void withoutABudgetNothingOfItIsInRedis() {
        RedisAdmission admission = rig.start();
        Caller user = Rig.user();
        assertThat(admission.budget(user).kept()).isFalse();
        Reservation held = Rig.reserve(admission, user);
        try (Jedis jedis = redis.open()) {
            assertThat(jedis.keys("*spend*")).isEmpty();
            assertThat(jedis.hkeys(rig.keys.key(0, "resv:" + held.id())))
                    .containsExactlyInAnyOrder("s", "u", "c", "d", "o");
        }
        assertThat(admission.allowance(user).tokens().limited()).isFalse();
    }

    @Test
    void listedUsersAreCountedAndNotStopped() throws Exception {
        Caller user = Rig.user();
        rig.allowlist = Set.of(user.id());
        RedisAdmission admission = rig.budget(10, 10).start();
        Eventually.isTrue("listed", () -> admission.allowlist().list().contains(user.id()));
        Reservation reservation = Rig.reserve(admission, user, charge(1_000, 1_000));
        assertThat(admission.allowance(user).tokens().limited()).isFalse();
        Rig.settle(admission, reservation, charge(2_000, 2_000));
        assertThat(rig.spent(user)).isEqualTo(new Spend(2_000, 2_000));
    }

    @Test
    void tiersAndAnonymousUsersHaveTheirOwn() {
        rig.spending = new Spending(
                new Budget(100, Budget.OFF),
                new Budget(10, 10),
                Map.of("pro", new Budget(Budget.OFF, 1_000)),
                1_000,
                Spending.UnknownPrice.REFUSE,
                Optional.empty());
        var tiers = new Tiers(rig.limits());
        assertThat(tiers.budget(Rig.user()).budget()).isEqualTo(new Budget(100, Budget.OFF));
        assertThat(tiers.budget(caller("pro", false)).budget()).isEqualTo(new Budget(Budget.OFF, 1_000));
        assertThat(tiers.budget(caller("other", false)).budget()).isEqualTo(new Budget(100, Budget.OFF));
        assertThat(tiers.budget(caller("anonymous", true)).budget()).isEqualTo(new Budget(10, 10));
        assertThat(tiers.budget(new Caller("admin", Caller.Kind.ADMIN, "default", false, Optional.empty(), Instant.MAX))
                        .kept())
                .isFalse();
    }

    private static Caller caller(String tier, boolean anonymous) {
        return new Caller("c", Caller.Kind.SUPABASE_USER, tier, anonymous, Optional.empty(), Instant.MAX);
    }

    @Test
    void lostCountersComeBackWithTokensAndMoney() {
        RedisAdmission admission = rig.budget(10_000, 10_000).start();
        Caller user = Rig.user();
        Rig.settle(admission, Rig.reserve(admission, user, charge(1_000, 900)), charge(30, 20));
        Reservation running = Rig.reserve(admission, user, charge(500, 400));
        rig.archive.drain();
        redis.flush();
        Rig.admitPatiently(admission, Rig.user(), Rig.id());
        assertThat(rig.spent(user)).isEqualTo(new Spend(530, 420));
        Rig.settle(admission, running, charge(7, 5));
        assertThat(rig.spent(user)).isEqualTo(new Spend(37, 25));
    }

    @Test
    void aDeadBrokersCallStaysChargedWithWhatItHeld() throws Exception {
        rig.silence = Duration.ofMillis(100);
        RedisAdmission dead = rig.budget(10_000, 10_000).create();
        Caller user = Rig.user();
        assertThat(dead.ready()).isTrue();
        Reservation left = Rig.reserve(dead, user, charge(2, 500, 400));
        RedisAdmission alive = rig.create();
        Eventually.isTrue("reaped", () -> {
            alive.sweep();
            return rig.archive.drain().charges().containsKey(left.id());
        });
        assertThat(rig.archive.charges()).containsEntry(left.id(), charge(2, 500, 400));
        assertThat(rig.spent(user)).isEqualTo(new Spend(500, 400));
        // It was only asleep.
        Rig.settle(dead, left, charge(2, 40, 30));
        assertThat(rig.spent(user)).isEqualTo(new Spend(40, 30));
        assertThat(rig.used(user)).isEqualTo(2);
    }

    @Test
    void aReservationIsSettledOnItsOwnDay() {
        RedisAdmission admission = rig.budget(10_000, 10_000).start();
        Caller user = Rig.user();
        Reservation held = Rig.reserve(admission, user, charge(1_000, 900));
        // As if the answer had been lost and the caller believed it to be of another day.
        var elsewhere = new Reservation(held.id(), user, "20200101", held.held());
        Rig.settle(admission, elsewhere, charge(30, 20));
        assertThat(rig.spent(user)).isEqualTo(new Spend(30, 20));
        try (Jedis jedis = redis.open()) {
            assertThat(rig.spent(jedis, user, "20200101")).isEqualTo(Spend.NOTHING);
            String day = rig.keys.key(0, Ledger.spendKey(user.id(), held.day()));
            assertThat(jedis.ttl(day)).isBetween(172_000L, 259_300L);
        }
    }

    @Test
    void withoutRedisThisProcessKeepsTheBudget() {
        rig.onRedisDown = OnRedisDown.LOCAL;
        RedisAdmission admission = rig.budget(1_000, 1_000).startImpatient();
        redis.kill();
        Caller user = Rig.user();
        Reservation held = Rig.reserve(admission, user, charge(900, 10));
        assertThat(denied(Rig.admit(admission, user, charge(200, 10))).reason())
                .isEqualTo(ProblemCode.TOKEN_QUOTA_EXCEEDED);
        Rig.settle(admission, held, charge(100, 995));
        assertThat(denied(Rig.admit(admission, user, charge(200, 10))).reason())
                .isEqualTo(ProblemCode.COST_QUOTA_EXCEEDED);
        Rig.reserve(admission, user, charge(200, 5));
        redis.restart(); // else the end of the broker waits for it
    }

    @Test
    void theOperatorSetsBackToWhatIsHeld() {
        RedisAdmission admission = rig.budget(10_000, 10_000).start();
        Caller user = Rig.user();
        Rig.settle(admission, Rig.reserve(admission, user, charge(1_000, 900)), charge(300, 200));
        Reservation running = Rig.reserve(admission, user, charge(50, 40));
        Quotas.Quota reset = admission.quotas().reset(user.id());
        assertThat(reset.tokens()).isEqualTo(new Quotas.Counted(350, 50, 50));
        assertThat(reset.nanoUsd()).isEqualTo(new Quotas.Counted(240, 40, 40));
        Rig.settle(admission, running, charge(0, 0, 0));
        assertThat(rig.spent(user)).isEqualTo(Spend.NOTHING);
        assertThat(admission.quotas().of(user.id()).tokens()).isEqualTo(new Quotas.Counted(0, 0, 0));
    }

    @Test
    void aLateSettlementCorrectsWhatTheArchiveHasCharged() throws Exception {
        RedisAdmission admission = rig.budget(10_000, 10_000).start();
        Caller user = Rig.user();
        UUID id = Rig.id();
        String day = Rig.reserve(admission, user, charge(1, 1)).day();
        Charge held = charge(3, 500, 400);
        try (var spill = new Spill(rig.directory.resolve("spill").resolve("test"), "dead")) {
            byte[] open = RecordedArchive.open(id, user.id(), held);
            // Another broker has rebuilt lost counters from an archive that has the call as interrupted.
            rig.archive.add(open).add(rig.archive.interrupted(id, held));
            rig.archive.drain();
            redis.flush();
            Rig.admitPatiently(admission, Rig.user(), Rig.id());
            assertThat(rig.used(user)).isEqualTo(4);
            assertThat(rig.spent(user)).isEqualTo(new Spend(501, 401));
            Charge cost = charge(3, 20, 10);
            spill.append(new SpillRecord(
                    SpillRecord.Kind.SETTLE,
                    new Settlement(id, user.id(), day, cost, open, RecordedArchive.close(id, cost, "done"))));
        }
        rig.start();
        Eventually.isTrue("corrected", () -> rig.archive.drain().isFinal(id));
        assertThat(rig.used(user)).isEqualTo(4);
        assertThat(rig.spent(user)).isEqualTo(new Spend(21, 11));
    }
}
