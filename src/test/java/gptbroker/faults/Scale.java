package gptbroker.faults;

import static java.time.Duration.ofSeconds;

import java.time.Duration;

/**
 * How much is broken, and under how much load: the suite's short form, or the full one of {@code scripts/faults}
 * ({@code -Dfaults.form=full}).
 *
 * @param users of each trial
 * @param rate requests a second
 * @param most requests of one trial
 * @param calm answers before the first fault, and after the last one
 * @param between answers between two faults, at least
 * @param deadAfter silence after which a broker is taken for dead; the full form waits as long as production does
 */
record Scale(
        int brokerKills,
        int redisKills,
        Duration postgresAway,
        Duration pause,
        int cuts,
        int pairs,
        int users,
        int rate,
        int most,
        int calm,
        int between,
        Duration deadAfter) {
    /** The property that asks for the full form. */
    static final String FORM = "faults.form";

    static final String FULL = "full";

    private static final Scale SHORT_FORM =
            new Scale(3, 2, ofSeconds(8), ofSeconds(5), 5, 0, 60, 50, 5_000, 40, 30, ofSeconds(6));
    private static final Scale FULL_FORM =
            new Scale(20, 10, ofSeconds(60), ofSeconds(20), 40, 8, 400, 100, 50_000, 1_000, 100, ofSeconds(15));

    static Scale wanted() {
        return FULL.equals(System.getProperty(FORM)) ? FULL_FORM : SHORT_FORM;
    }

    /** The seed that was asked for with {@code -Dfaults.seed}, or a new one. */
    static long seed() {
        return Long.getLong("faults.seed", System.nanoTime());
    }
}
