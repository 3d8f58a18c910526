package gptbroker.archive;

import java.math.BigDecimal;
import java.time.LocalDate;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * What a user has used on one day.
 *
 * @param day of admission, in the quota's time zone
 * @param calls admitted requests, running and failed ones included
 * @param units charged
 * @param promptTokens as far as the provider counted; empty when it counted nothing that day, which is not 0
 * @param completionTokens the same
 * @param uncounted calls of which nobody knows the tokens
 * @param estimated calls whose tokens are the broker's own count
 * @param costUsd US dollars, what running calls hold included; empty when no call of that day has a price
 * @param unpriced calls without a cost
 */
public record DayUsage(
        LocalDate day,
        long calls,
        long units,
        OptionalLong promptTokens,
        OptionalLong completionTokens,
        long uncounted,
        long estimated,
        Optional<BigDecimal> costUsd,
        long unpriced) {}
