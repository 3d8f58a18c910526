package gptbroker.models;

import gptbroker.config.Budget;
import gptbroker.upstream.Usage;
import java.math.BigDecimal;
import java.time.LocalDate;

/**
 * What a model's tokens cost from a day on (UTC midnight). Whole numbers throughout: a millionth of a dollar a million
 * tokens is one pico-dollar a token.
 *
 * @param from the first day
 * @param input pico-dollars a token of the prompt
 * @param cached pico-dollars a token of the prompt that the provider had in its cache
 * @param output pico-dollars a token of the answer, reasoning included
 */
public record Price(LocalDate from, long input, long cached, long output) {
    /** More than this no single call is said to cost: a million dollars. Redis' scripts are exact beyond it. */
    static final long MOST_NANO_USD = 1_000_000 * Budget.NANOS;

    private static final long PICOS_IN_NANO = 1_000;
    private static final int DECIMALS = 6;

    /** Of prices in dollars a million tokens, with at most six decimals. */
    static Price of(LocalDate from, BigDecimal input, BigDecimal cached, BigDecimal output) {
        return new Price(from, pico(input), pico(cached), pico(output));
    }

    /** Billionths of a dollar that a call costs, rounded up. */
    public long nanoUsd(Usage usage) {
        long fromCache = Math.clamp(usage.cachedTokens().orElse(0), 0, usage.promptTokens());
        return nanoUsd(usage.promptTokens() - fromCache, fromCache, usage.completionTokens());
    }

    /** Billionths of a dollar of a call none of whose prompt is cached. */
    public long nanoUsd(long promptTokens, long completionTokens) {
        return nanoUsd(promptTokens, 0, completionTokens);
    }

    private long nanoUsd(long fresh, long fromCache, long completion) {
        try {
            long pico = Math.addExact(
                    Math.addExact(Math.multiplyExact(fresh, input), Math.multiplyExact(fromCache, cached)),
                    Math.multiplyExact(completion, output));
            return Math.min(MOST_NANO_USD, Math.ceilDiv(pico, PICOS_IN_NANO));
        } catch (ArithmeticException absurd) {
            return MOST_NANO_USD;
        }
    }

    private static long pico(BigDecimal dollarsAMillion) {
        return dollarsAMillion.movePointRight(DECIMALS).longValueExact();
    }
}
