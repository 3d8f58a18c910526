package gptbroker.admission;

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
 */
public record Allowance(
        long dailyLimit,
        long dailyRemaining,
        Duration dailyReset,
        long rateLimit,
        long rateRemaining,
        Duration rateReset) {

    /** Of a caller who may not call, and need not know more. */
    static final Allowance UNTOLD = new Allowance(-1, 0, Duration.ZERO, 0, 0, Duration.ZERO);

    /** The same allowance after the units that were just taken have gone back to their day. */
    public Allowance refunded(int units) {
        long remaining = metered() ? Math.min(dailyLimit, dailyRemaining + units) : dailyRemaining;
        return new Allowance(dailyLimit, remaining, dailyReset, rateLimit, rateRemaining, rateReset);
    }

    /** Whether the daily quota applies to this caller. */
    public boolean metered() {
        return dailyLimit >= 0;
    }
}
