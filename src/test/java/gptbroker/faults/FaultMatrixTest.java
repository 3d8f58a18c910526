package gptbroker.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import gptbroker.faults.Books.Row;
import gptbroker.faults.Outages.What;
import gptbroker.faults.Seen.End;
import java.util.ArrayList;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/**
 * The rows of the fault matrix that say: nothing answered is ever lost, a quota is never off by one. Each prints its
 * seed and its counts.
 */
class FaultMatrixTest {
    private static final Scale SCALE = Scale.wanted();
    private static Site site;

    @BeforeAll
    static void start() {
        site = new Site();
    }

    @AfterAll
    static void stop() {
        site.close();
    }

    @Test
    void brokerKilled() throws Exception {
        var trial = new Trial(site, SCALE, "B1 broker -9");
        assertThat(trial.run(load -> {
                    for (int kill = 0; kill < SCALE.brokerKills(); kill++) {
                        breakage(trial).killBroker();
                        load.awaitMore(SCALE.between() + trial.random.nextInt(SCALE.between()));
                    }
                }))
                .isEmpty();
    }

    @Test
    void brokerKilledAtTheLastMoment() throws Exception {
        var trial = new Trial(site, SCALE, "B2, B3 -9 around settle").quiet();
        var last = new ArrayList<Seen>();
        assertThat(trial.run(load -> {
                    last.add(breakage(trial).killBeforeSettle(load));
                    last.add(breakage(trial).killAfterSettle(load));
                }))
                .isEmpty();
        assertThat(last).as("neither was told that its answer is whole").allMatch(seen -> seen.end == End.CUT);
        assertThat(last.stream().map(trial::row))
                .extracting(Row::status, Row::units)
                .containsExactly(tuple("interrupted", 1), tuple("done", 1));
        assertThat(trial.row(last.getFirst()).textOrNothing())
                .as("the checkpoint")
                .isNotEmpty();
    }

    @Test
    void brokerTerminated() throws Exception {
        var trial = new Trial(site, SCALE, "B4 broker TERM");
        long[] asked = {0};
        assertThat(trial.run(load -> {
                    asked[0] = System.nanoTime();
                    assertThat(breakage(trial).terminateBroker()).isZero();
                }))
                .isEmpty();
        assertThat(trial.seen)
                .as("every answer that had begun came to its end, or said that it did not")
                .noneMatch(seen -> seen.end == End.CUT);
        long half = Site.DRAIN_DELAY.toNanos() / 2;
        assertThat(trial.seen)
                .as("while load balancers have not noticed yet, all are served")
                .noneMatch(seen -> seen.end == End.NONE
                        && seen.begun - asked[0] >= 0
                        && seen.begun - asked[0] < half
                        && !trial.outages.broken(What.MACHINE, asked[0], seen.ended));
    }

    @Test
    void brokerPaused() throws Exception {
        var trial = new Trial(site, SCALE, "B5 broker STOP");
        assertThat(trial.run(load -> breakage(trial).pauseBroker(SCALE.pause())))
                .isEmpty();
    }

    @Test
    void redisKilled() throws Exception {
        var trial = new Trial(site, SCALE, "R1 Redis -9");
        assertThat(trial.run(load -> {
                    for (int kill = 0; kill < SCALE.redisKills(); kill++) {
                        breakage(trial).killRedis();
                        load.awaitMore(SCALE.between());
                    }
                }))
                .isEmpty();
    }

    @Test
    void redisAnswersLateOrNever() throws Exception {
        var trial = new Trial(site, SCALE, "R4 Redis late, cut");
        assertThat(trial.run(load -> {
                    breakage(trial).delayRedis();
                    for (int cut = 0; cut < SCALE.cuts(); cut++) {
                        load.awaitMore(20);
                        breakage(trial).cutRedis();
                    }
                }))
                .isEmpty();
    }

    @Test
    void redisForgets() throws Exception {
        var trial = new Trial(site, SCALE, "R5 Redis FLUSHALL");
        assertThat(trial.run(load -> breakage(trial).flushRedis(load))).isEmpty();
    }

    @Test
    void postgresStopped() throws Exception {
        var trial = new Trial(site, SCALE, "P1 Postgres stopped");
        int answers = (int) SCALE.postgresAway().toSeconds() * SCALE.rate();
        assertThat(trial.run(load -> breakage(trial).stopPostgres(load, answers)))
                .isEmpty();
    }

    @Test
    void postgresKilledAndCut() throws Exception {
        var trial = new Trial(site, SCALE, "P2, P5 Postgres -9, cut");
        assertThat(trial.run(load -> {
                    breakage(trial).killPostgres();
                    for (int cut = 0; cut < SCALE.cuts(); cut++) {
                        load.awaitMore(20);
                        breakage(trial).cutPostgres();
                    }
                }))
                .isEmpty();
    }

    @Test
    void clientsLeaveAtEveryPhase() throws Exception {
        var trial = new Trial(site, SCALE, "C4 clients leave").leaving(90);
        assertThat(trial.run(load -> load.awaitMore(SCALE.calm()))).isEmpty();
    }

    @Test
    @EnabledIfSystemProperty(named = Scale.FORM, matches = Scale.FULL)
    void twoAtOnce() throws Exception {
        var violations = new ArrayList<String>();
        for (int pair = 0; pair < SCALE.pairs(); pair++) {
            var trial = new Trial(site, SCALE, "D1 pair " + (pair + 1));
            violations.addAll(trial.run(
                    load -> System.out.println("faults: " + breakage(trial).pair())));
        }
        assertThat(violations).isEmpty();
    }

    private static Breakage breakage(Trial trial) {
        return new Breakage(site, trial.outages, trial.random);
    }
}
