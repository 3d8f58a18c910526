package gptbroker.config;

/**
 * What a caller may use up in a day beside requests.
 *
 * @param tokens of prompts and answers together; {@link #OFF} for any number
 * @param nanoUsd billionths of a US dollar; {@link #OFF} for any amount
 */
public record Budget(long tokens, long nanoUsd) {
    /** Not limited. */
    public static final long OFF = -1;

    /** Neither is limited. */
    public static final Budget NONE = new Budget(OFF, OFF);

    /** Billionths in a dollar. */
    public static final long NANOS = 1_000_000_000;

    /** Whether either is limited. */
    public boolean isLimited() {
        return limitsTokens() || limitsCost();
    }

    public boolean limitsTokens() {
        return tokens != OFF;
    }

    public boolean limitsCost() {
        return nanoUsd != OFF;
    }
}
