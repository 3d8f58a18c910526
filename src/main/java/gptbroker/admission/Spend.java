package gptbroker.admission;

/**
 * Tokens and money of a call, as its caller's budgets count them.
 *
 * @param tokens of prompt and answer together
 * @param nanoUsd billionths of a US dollar
 */
public record Spend(long tokens, long nanoUsd) {
    /** Nothing. */
    public static final Spend NOTHING = new Spend(0, 0);
}
