package gptbroker.upstream;

import static java.util.Objects.requireNonNull;

import java.util.OptionalDouble;
import java.util.OptionalInt;

/**
 * One chat completion to be asked for.
 *
 * @param model the provider's model name
 * @param messages the messages as a JSON array, UTF-8; passed through without being written again
 * @param temperature sampling temperature, if it is to be sent
 * @param maxTokens bound of the answer, if it is to be sent
 * @param json whether the answer is to be a JSON object
 */
public record Call(String model, byte[] messages, OptionalDouble temperature, OptionalInt maxTokens, boolean json) {
    public Call {
        requireNonNull(model, "model");
        requireNonNull(messages, "messages");
        requireNonNull(temperature, "temperature");
        requireNonNull(maxTokens, "maxTokens");
    }

    /** A call for free text of any length. */
    public Call(String model, byte[] messages, OptionalDouble temperature) {
        this(model, messages, temperature, OptionalInt.empty(), false);
    }
}
