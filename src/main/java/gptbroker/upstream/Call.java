package gptbroker.upstream;

import static java.util.Objects.requireNonNull;

import java.util.OptionalDouble;

/**
 * One chat completion to be asked for.
 *
 * @param model the provider's model name
 * @param messages the messages as a JSON array, UTF-8; passed through without being written again
 * @param temperature sampling temperature, if it is to be sent
 */
public record Call(String model, byte[] messages, OptionalDouble temperature) {
    public Call {
        requireNonNull(model, "model");
        requireNonNull(messages, "messages");
        requireNonNull(temperature, "temperature");
    }
}
