package gptbroker.turn;

import static java.util.Objects.requireNonNull;

/**
 * What the archive keeps of a call before it is answered.
 *
 * @param endpoint the route's name
 * @param model the public model name; empty when the call names none
 * @param input the prompt's text, or the JSON as it came
 */
public record Question(String endpoint, String model, String input) {
    public Question {
        requireNonNull(endpoint, "endpoint");
        requireNonNull(model, "model");
        requireNonNull(input, "input");
    }
}
