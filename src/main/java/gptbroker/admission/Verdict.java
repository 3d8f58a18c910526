package gptbroker.admission;

import java.time.Duration;

/**
 * What a script said about a caller.
 *
 * @param word what {@code admit.lua} decided
 * @param day the quota day that the reservation was taken from
 * @param retryAfter until a retry may be admitted
 */
record Verdict(Word word, String day, Allowance allowance, Duration retryAfter) {
    enum Word {
        OK,
        ADMITTED,
        CANCELLED,
        DAY,
        REBUILD,
        FULL,
        ACCESS,
        RATE,
        BUSY,
        DAILY,
        TOKENS,
        COST
    }
}
