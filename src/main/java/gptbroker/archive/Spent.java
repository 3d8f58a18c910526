package gptbroker.archive;

import static java.util.Objects.requireNonNull;

import java.math.BigDecimal;
import java.time.LocalDate;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Tokens and money of an exchange: held while it is open, spent when it is closed.
 *
 * @param tokens of prompt and answer together
 * @param nanoUsd billionths of a US dollar; empty when the model has no price, which is not 0
 * @param priceDate since when that price holds
 * @param estimated whether the tokens are the broker's own count, because the provider did not tell
 */
public record Spent(long tokens, OptionalLong nanoUsd, Optional<LocalDate> priceDate, boolean estimated) {
    private static final int NANOS = 9;

    public Spent {
        requireNonNull(nanoUsd, "nanoUsd");
        requireNonNull(priceDate, "priceDate");
    }

    /** In dollars, as the archive's column has it. */
    Optional<BigDecimal> usd() {
        return nanoUsd.isPresent() ? Optional.of(BigDecimal.valueOf(nanoUsd.getAsLong(), NANOS)) : Optional.empty();
    }

    /** The way back; what is finer than a billionth was not written by us. */
    static long nanoUsd(BigDecimal usd) {
        return usd.movePointRight(NANOS).longValue();
    }
}
