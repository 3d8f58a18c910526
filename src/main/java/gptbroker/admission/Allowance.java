package gptbroker.admission;

import gptbroker.config.Budget;
import java.time.Duration;

/**
 * What a caller may still do, as told in the limit headers of every authenticated answer.
 *
 * @param dailyLimit requests a day; negative when the caller is exempt from the day
 * @param dailyRemaining requests left today, never negative
 * @param dailyReset until the quota day ends
 * @param rateLimit requests a minute; 0 when off
 * @param rateRemaining requests possible at this instant
 * @param rateReset until the whole burst is available again
 * @param tokens of the day; what running calls hold is not left
 * @param nanoUsd billionths of a US dollar of the day; the same
 */
public record Allowance(
        long dailyLimit,
        long dailyRemaining,
        Duration dailyReset,
        long rateLimit,
        long rateRemaining,
        Duration rateReset,
        Left tokens,
        Left nanoUsd) {

    /** Of a caller who may not call, and need not know more. */
    static final Allowance UNTOLD =
            new Allowance(-1, 0, Duration.ZERO, 0, 0, Duration.ZERO, Left.NO_LIMIT, Left.NO_LIMIT);

    /**
     * What is left of a budget.
     *
     * @param limit a day; negative when there is none
     * @param remaining never negative
     */
    public record Left(long limit, long remaining) {
        static final Left NO_LIMIT = new Left(Budget.OFF, 0);

        static Left of(long limit, long used) {
            return limit < 0 ? NO_LIMIT : new Left(limit, Math.clamp(limit - used, 0, limit));
        }

        /** Whether there is a limit. */
        public boolean limited() {
            return limit >= 0;
        }

        /** What was taken beyond the limit is not known here any more: then there is at most too little left. */
        private Left back(long amount) {
            return limited() ? of(limit, limit - remaining - amount) : this;
        }
    }

    /** The same allowance after what was just held has given way to what the call has cost. */
    public Allowance settled(Charge held, Charge cost) {
        int units = held.units() - cost.units();
        long remaining = metered() ? Math.min(dailyLimit, dailyRemaining + units) : dailyRemaining;
        Spend before = held.spend().orElse(Spend.NOTHING);
        Spend after = cost.spend().orElse(before);
        return new Allowance(
                dailyLimit,
                remaining,
                dailyReset,
                rateLimit,
                rateRemaining,
                rateReset,
                tokens.back(before.tokens() - after.tokens()),
                nanoUsd.back(before.nanoUsd() - after.nanoUsd()));
    }

    /** Whether the daily quota applies to this caller. */
    public boolean metered() {
        return dailyLimit >= 0;
    }
}
