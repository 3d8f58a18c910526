package gptbroker.prompt;

import static java.util.Objects.requireNonNull;

import gptbroker.upstream.Call;
import java.util.OptionalDouble;

/**
 * A validated question.
 *
 * @param model the public model name
 * @param messages the messages as a JSON array, UTF-8, exactly as they came
 * @param temperature 0 to 1
 * @param input what the archive keeps of it: the prompt's text, or the messages as the JSON that came
 */
public record Prompt(String model, byte[] messages, OptionalDouble temperature, String input) {
    public Prompt {
        requireNonNull(model, "model");
        requireNonNull(messages, "messages");
        requireNonNull(temperature, "temperature");
        requireNonNull(input, "input");
    }

    /** What the provider is asked. */
    Call call() {
        return new Call(model, messages, temperature);
    }
}
