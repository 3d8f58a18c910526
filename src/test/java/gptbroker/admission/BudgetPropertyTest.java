package gptbroker.admission;

import static gptbroker.admission.Rig.charge;
import static org.assertj.core.api.Assertions.assertThat;

import gptbroker.identity.Caller;
import gptbroker.testing.Eventually;
import gptbroker.testing.TestRedis;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Any sequence of calls, endings, repetitions and lost counters leaves the counters as the sum of what is held and what was
 * spent; and what is held and spent never passes a limit, but by what answers were longer than held for.
 */
class BudgetPropertyTest {
    private static final int STEPS = 250;
    private static final long TOKENS = 20_000;
    private static final long NANOS = 30_000;

    /** What ought to be counted of one caller. */
    private static final class Expected {
        private long units;
        private long tokens;
        private long nanoUsd;
        private long overrun;

        void add(Charge charge, int sign) {
            Spend spend = charge.spend().orElseThrow();
            units += (long) sign * charge.units();
            tokens += sign * spend.tokens();
            nanoUsd += sign * spend.nanoUsd();
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4})
    void countersAreWhatIsHeldAndSpent(long seed) throws Exception {
        var random = new Random(seed);
        try (TestRedis redis = TestRedis.start();
                var rig = new Rig(redis).budget(TOKENS, NANOS)) {
            rig.daily = 60;
            RedisAdmission admission = rig.start();
            List<Caller> users = List.of(Rig.user(), Rig.user(), Rig.user());
            Map<Caller, Expected> expected = new HashMap<>();
            users.forEach(user -> expected.put(user, new Expected()));
            List<Reservation> running = new ArrayList<>();
            List<Runnable> ended = new ArrayList<>();
            for (int i = 0; i < STEPS; i++) {
                switch (random.nextInt(10)) {
                    case 0, 1, 2, 3, 4 -> {
                        Caller user = users.get(random.nextInt(3));
                        admit(admission, rig, user, draw(random, 1), expected.get(user), running);
                    }
                    case 5, 6, 7 -> {
                        if (!running.isEmpty()) {
                            Reservation call = running.remove(random.nextInt(running.size()));
                            Charge cost = draw(random, random.nextInt(5) == 0 ? 0 : 1);
                            Rig.settle(admission, call, cost);
                            ended.add(() -> Rig.settle(admission, call, cost));
                            settled(expected.get(call.caller()), call.held(), cost);
                        }
                    }
                    case 8 -> {
                        if (!ended.isEmpty()) {
                            ended.get(random.nextInt(ended.size())).run(); // once more is without effect
                        }
                    }
                    default -> {
                        if (random.nextInt(5) == 0) {
                            rig.archive.drain();
                            redis.flush();
                            Rig.admitPatiently(admission, Rig.user(), Rig.id());
                            ended.clear(); // what Redis has forgotten is told apart by the archive, in the replay
                        }
                    }
                }
                check(rig, expected, "seed " + seed + ", step " + i);
            }
            running.forEach(call -> {
                Rig.settle(admission, call, draw(random, 1));
            });
            Eventually.isTrue("nothing is open", () -> users.stream().allMatch(user -> rig.live(user) == 0));
        }
    }

    private static Charge draw(Random random, int units) {
        return charge(units, random.nextInt(2_000), random.nextInt(3_000));
    }

    private static void admit(
            RedisAdmission admission, Rig rig, Caller user, Charge held, Expected expected, List<Reservation> running) {
        Spend spend = held.spend().orElseThrow();
        boolean fits = expected.units < rig.daily
                && expected.tokens + spend.tokens() <= TOKENS
                && expected.nanoUsd + spend.nanoUsd() <= NANOS;
        Decision decision = Rig.admit(admission, user, held);
        assertThat(decision instanceof Decision.Admitted).isEqualTo(fits);
        if (decision instanceof Decision.Admitted admitted) {
            running.add(admitted.reservation());
            expected.add(held, 1);
        }
    }

    private static void settled(Expected expected, Charge held, Charge cost) {
        expected.add(held, -1);
        expected.add(cost, 1);
        expected.overrun += Math.max(
                0,
                cost.spend().orElseThrow().tokens() - held.spend().orElseThrow().tokens());
    }

    private static void check(Rig rig, Map<Caller, Expected> expected, String when) {
        expected.forEach((user, sums) -> {
            assertThat(rig.used(user)).as(when).isEqualTo(sums.units);
            assertThat(rig.spent(user)).as(when).isEqualTo(new Spend(sums.tokens, sums.nanoUsd));
            assertThat(sums.tokens).as(when).isLessThanOrEqualTo(TOKENS + sums.overrun);
        });
    }
}
