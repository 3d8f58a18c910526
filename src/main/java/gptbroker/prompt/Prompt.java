package gptbroker.prompt;

import static java.util.Objects.requireNonNull;

import gptbroker.upstream.Call;
import java.util.OptionalDouble;
import java.util.OptionalInt;

/**
 * A validated question.
 *
 * @param model the public model name
 * @param messages the messages as a JSON array, UTF-8, exactly as they came
 * @param temperature 0 to 2, if it is to be sent
 * @param maxTokens bound of the answer, if it is to be sent
 * @param json whether the model is to answer with a JSON object
 * @param input what the archive keeps of it: the prompt's text, or the messages as the JSON that came
 */
public record Prompt(
        String model, byte[] messages, OptionalDouble temperature, OptionalInt maxTokens, boolean json, String input) {
    public Prompt {
        requireNonNull(model, "model");
        requireNonNull(messages, "messages");
        requireNonNull(temperature, "temperature");
        requireNonNull(maxTokens, "maxTokens");
        requireNonNull(input, "input");
    }

    /** A question whose answer is free text of any length. */
    Prompt(String model, byte[] messages, OptionalDouble temperature, String input) {
        this(model, messages, temperature, OptionalInt.empty(), false, input);
    }

    /** What the provider is asked. */
    Call call() {
        return new Call(model, messages, temperature, maxTokens, json);
    }
}
