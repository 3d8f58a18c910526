package gptbroker.archive;

import java.time.LocalDate;
import java.util.OptionalLong;

/**
 * What a user has used on one day.
 *
 * @param day of admission, in the quota's time zone
 * @param calls admitted requests, running and failed ones included
 * @param units charged
 * @param promptTokens as far as the provider counted; empty when it counted nothing that day, which is not 0
 * @param completionTokens the same
 * @param uncounted calls for which the provider gave no count
 */
public record DayUsage(
        LocalDate day,
        long calls,
        long units,
        OptionalLong promptTokens,
        OptionalLong completionTokens,
        long uncounted) {}
