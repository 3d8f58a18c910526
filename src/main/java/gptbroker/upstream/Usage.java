package gptbroker.upstream;

import java.util.OptionalLong;

/**
 * Tokens as the provider counted them. An absent usage is an empty {@code Optional<Usage>}, never zeros.
 *
 * @param promptTokens tokens of the messages
 * @param completionTokens tokens of the answer, reasoning included
 * @param cachedTokens those of the prompt that the provider had in its cache; empty when it did not say
 * @param reasoningTokens those of the answer that nobody sees; empty when it did not say
 */
public record Usage(long promptTokens, long completionTokens, OptionalLong cachedTokens, OptionalLong reasoningTokens) {
    /** No call has more; what a provider tells beyond it is not believed. */
    public static final long MOST = 1_000_000_000;

    /** Without details. */
    public Usage(long promptTokens, long completionTokens) {
        this(promptTokens, completionTokens, OptionalLong.empty(), OptionalLong.empty());
    }

    /** Prompt and answer together. */
    public long tokens() {
        return promptTokens + completionTokens;
    }
}
