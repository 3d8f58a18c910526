package gptbroker.turn;

import static java.util.Objects.requireNonNull;

import java.util.OptionalLong;

/**
 * What the archive keeps of a call before it is answered, and what its budget must know.
 *
 * @param endpoint the route's name
 * @param model the public model name; empty when the call names none
 * @param input the prompt's text, or the JSON as it came
 * @param units what it costs of the day
 * @param asked what the provider will read of it: the input, and tools or schemas beside it; empty when no model is
 *     asked, or none that tells tokens
 * @param answerTokens the most that the answer may have; empty when nothing bounds it
 */
public record Question(
        String endpoint, String model, String input, int units, String asked, OptionalLong answerTokens) {
    public Question {
        requireNonNull(endpoint, "endpoint");
        requireNonNull(model, "model");
        requireNonNull(input, "input");
        requireNonNull(asked, "asked");
        requireNonNull(answerTokens, "answerTokens");
    }

    /** One whose input is all, with an answer of any length. */
    public Question(String endpoint, String model, String input, int units) {
        this(endpoint, model, input, units, input, OptionalLong.empty());
    }
}
