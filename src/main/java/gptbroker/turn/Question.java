package gptbroker.turn;

import static java.util.Objects.requireNonNull;

/**
 * What the archive keeps of a call before it is answered.
 *
 * @param endpoint the route's name
 * @param model the public model name; empty when the call names none
 * @param input the prompt's text, or the JSON as it came
 * @param units what it costs of the day
 */
public record Question(String endpoint, String model, String input, int units) {
    public Question {
        requireNonNull(endpoint, "endpoint");
        requireNonNull(model, "model");
        requireNonNull(input, "input");
    }
}
