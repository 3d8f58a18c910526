package gptbroker.upstream;

/**
 * Tokens as the provider counted them. An absent usage is an empty {@code Optional<Usage>}, never zeros.
 *
 * @param promptTokens tokens of the messages
 * @param completionTokens tokens of the answer
 */
public record Usage(long promptTokens, long completionTokens) {}
