package gptbroker.prompt;

import com.fasterxml.jackson.core.JsonToken;
import gptbroker.http.Exchange;
import gptbroker.problem.Problem;
import gptbroker.problem.ProblemCode;
import gptbroker.prompt.Body.Messages;
import gptbroker.prompt.Body.Scalar;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;

/**
 * A body of {@code messages}, with {@code temperature} and {@code model} where the endpoint has them; checked in the
 * seed's order: temperature, messages, model, items (S3.24, S3.29).
 *
 * @param model the endpoint's model; empty: the body must name one of {@code models}
 * @param models what a body may name
 * @param takesTemperature whether the body's temperature counts; where it does not, it is ignored (S3.20)
 */
record MessagesPrompt(Optional<String> model, Set<String> models, boolean takesTemperature) implements PromptParser {
    private static final double DEFAULT_TEMPERATURE = 0.7;

    MessagesPrompt {
        models = Set.copyOf(models);
    }

    @Override
    public Prompt parse(Exchange exchange) {
        Body body = PromptBody.read(exchange);
        double temperature = takesTemperature ? temperature(body.temperature()) : DEFAULT_TEMPERATURE;
        Messages messages = messages(body.messages());
        String chosen = model.orElseGet(() -> named(body.model()));
        if (!messages.wellFormed()) {
            throw Problem.of(ProblemCode.MESSAGE_MALFORMED);
        }
        return new Prompt(
                chosen,
                messages.json().getBytes(StandardCharsets.UTF_8),
                OptionalDouble.of(temperature),
                messages.json());
    }

    private static double temperature(Optional<Scalar> given) {
        if (given.isEmpty() || given.get().isNull()) {
            return DEFAULT_TEMPERATURE;
        }
        Scalar scalar = given.get();
        if (scalar.text() == null || !scalar.kind().isNumeric()) {
            throw Problem.of(ProblemCode.TEMPERATURE_INVALID);
        }
        double value = Double.parseDouble(scalar.text());
        if (!(value >= 0 && value <= 1)) {
            throw Problem.of(ProblemCode.TEMPERATURE_INVALID);
        }
        return value;
    }

    private static Messages messages(Optional<Messages> given) {
        Messages messages = given.orElseThrow(() -> Problem.of(ProblemCode.MESSAGES_MISSING));
        if (messages.kind() == JsonToken.VALUE_STRING && !messages.json().isEmpty()) {
            return spelledOut(messages.json());
        }
        if (isFalsy(messages)) {
            throw Problem.of(ProblemCode.MESSAGES_MISSING);
        }
        if (messages.kind() != JsonToken.START_ARRAY || messages.empty()) {
            throw Problem.of(ProblemCode.MESSAGES_NOT_ARRAY);
        }
        return messages;
    }

    /** A string that holds a JSON array counts as that array (S3.45); any other string is not one. */
    private static Messages spelledOut(String text) {
        Body inner;
        try {
            inner = text.stripLeading().startsWith("[") ? BodyReader.read(text) : Body.EMPTY;
        } catch (Problem malformed) {
            throw Problem.of(ProblemCode.MESSAGES_NOT_ARRAY);
        }
        return inner.messages()
                .filter(messages -> !messages.empty())
                .orElseThrow(() -> Problem.of(ProblemCode.MESSAGES_NOT_ARRAY));
    }

    /** What JavaScript, in which the seed was written, takes for "no messages". */
    private static boolean isFalsy(Messages messages) {
        return switch (messages.kind()) {
            case VALUE_NULL, VALUE_FALSE, VALUE_STRING -> true;
            case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> Double.parseDouble(messages.json()) == 0;
            default -> false;
        };
    }

    private String named(Optional<Scalar> given) {
        return given.filter(scalar -> scalar.kind() == JsonToken.VALUE_STRING)
                .map(Scalar::text)
                .filter(models::contains)
                .orElseThrow(() -> Problem.of(ProblemCode.MODEL_UNKNOWN));
    }
}
