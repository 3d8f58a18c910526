package gptbroker.identity;

import static java.util.Objects.requireNonNull;

import java.math.BigDecimal;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;

/**
 * Limits that one caller has of its own, instead of its tier's. Each is optional: absent is the tier's, 0 suspends the
 * caller, whatever 0 means for a tier.
 *
 * @param dailyRequests requests a day
 * @param ratePerMinute requests a minute, as a burst too
 * @param concurrency calls at once
 * @param dailyTokens prompt and completion tokens a day
 * @param dailyCostUsd US dollars a day
 */
public record OwnLimits(
        OptionalLong dailyRequests,
        OptionalInt ratePerMinute,
        OptionalInt concurrency,
        OptionalLong dailyTokens,
        Optional<BigDecimal> dailyCostUsd) {
    /** All as the tier says. */
    public static final OwnLimits NONE = new OwnLimits(
            OptionalLong.empty(), OptionalInt.empty(), OptionalInt.empty(), OptionalLong.empty(), Optional.empty());

    /** Of a call that goes on with what was admitted already: whatever is left, it passes. */
    public static final OwnLimits ADMITTED = new OwnLimits(
            OptionalLong.of(1_000_000_000),
            OptionalInt.of(1_000_000),
            OptionalInt.of(1_000_000),
            OptionalLong.of(1_000_000_000_000L),
            Optional.of(BigDecimal.valueOf(1_000_000)));

    public OwnLimits {
        requireNonNull(dailyRequests, "dailyRequests");
        requireNonNull(ratePerMinute, "ratePerMinute");
        requireNonNull(concurrency, "concurrency");
        requireNonNull(dailyTokens, "dailyTokens");
        requireNonNull(dailyCostUsd, "dailyCostUsd");
        if (dailyRequests.orElse(0) < 0
                || ratePerMinute.orElse(0) < 0
                || concurrency.orElse(0) < 0
                || dailyTokens.orElse(0) < 0
                || dailyCostUsd.orElse(BigDecimal.ZERO).signum() < 0) {
            throw new IllegalArgumentException("a limit is below 0");
        }
    }

    /** Whether the caller may not call at all. */
    public boolean suspended() {
        return this != NONE
                && (dailyRequests.orElse(1) == 0
                        || ratePerMinute.orElse(1) == 0
                        || concurrency.orElse(1) == 0
                        || dailyTokens.orElse(1) == 0
                        || dailyCostUsd.orElse(BigDecimal.ONE).signum() == 0);
    }

    /** Whether any is set. */
    public boolean any() {
        return !equals(NONE);
    }

    /** These, and where one is absent the other's. */
    public OwnLimits over(OwnLimits other) {
        return new OwnLimits(
                dailyRequests.isPresent() ? dailyRequests : other.dailyRequests,
                ratePerMinute.isPresent() ? ratePerMinute : other.ratePerMinute,
                concurrency.isPresent() ? concurrency : other.concurrency,
                dailyTokens.isPresent() ? dailyTokens : other.dailyTokens,
                dailyCostUsd.or(other::dailyCostUsd));
    }
}
