package gptbroker.project;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import gptbroker.declare.MalformedTemplate;
import gptbroker.declare.PromptTemplate;
import gptbroker.identity.OwnLimits;
import gptbroker.problem.Problem;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What the operator decides about a project.
 *
 * @param name for people, at most 200 letters
 * @param model the public model name that {@code /query} asks
 * @param systemPrompt the first message, with {@code {{variables}}}; at most 32,768 letters
 * @param temperature 0 to 2; absent: the provider's own
 * @param maxTokens bound of an answer; absent: the provider's own
 * @param limits of all keys of the project together, unless a key has its own
 */
public record ProjectSettings(
        String name,
        String model,
        Optional<PromptTemplate> systemPrompt,
        OptionalDouble temperature,
        OptionalInt maxTokens,
        OwnLimits limits) {
    private static final String NAME = "name";
    private static final String MODEL = "model";
    private static final String PROMPT = "system_prompt";
    private static final String TEMPERATURE = "temperature";
    private static final String MAX_TOKENS = "max_tokens";
    private static final Set<String> ALL = Set.of(NAME, MODEL, PROMPT, TEMPERATURE, MAX_TOKENS, LimitsJson.FIELD);
    private static final Pattern MODEL_FORM = Pattern.compile("[\\w.:/@+-]{1,200}");
    private static final int LONGEST_NAME = 200;
    private static final int LONGEST_PROMPT = 32_768;
    private static final int MOST_TOKENS = 10_000_000;

    /**
     * Reads and checks a whole set.
     *
     * @throws Problem 400 {@code parameter_invalid} that names each field that is unknown, missing or wrong
     */
    public static ProjectSettings read(JsonNode json) {
        Fields fields = Fields.of(json, ALL);
        String name = fields.text(NAME, LONGEST_NAME).orElse("");
        String model = fields.text(MODEL, LONGEST_NAME).orElse("");
        if (!MODEL_FORM.matcher(model).matches()) {
            fields.mistake(MODEL);
        }
        Optional<PromptTemplate> prompt = fields.text(PROMPT, LONGEST_PROMPT).map(text -> compiled(text, fields));
        var settings = new ProjectSettings(
                name,
                model,
                prompt,
                fields.number(TEMPERATURE, 2),
                fields.whole(MAX_TOKENS, MOST_TOKENS),
                LimitsJson.read(fields));
        fields.check();
        return settings;
    }

    private static @Nullable PromptTemplate compiled(String text, Fields fields) {
        try {
            return PromptTemplate.compile(text);
        } catch (MalformedTemplate malformed) {
            fields.mistake(PROMPT);
            return null;
        }
    }

    /** As {@link #read} reads it; what is absent is {@code null}. */
    public ObjectNode json() {
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        json.put(NAME, name);
        json.put(MODEL, model);
        json.put(PROMPT, systemPrompt.map(PromptTemplate::source).orElse(null));
        json.put(TEMPERATURE, temperature.isPresent() ? Double.valueOf(temperature.getAsDouble()) : null);
        json.put(MAX_TOKENS, maxTokens.isPresent() ? Integer.valueOf(maxTokens.getAsInt()) : null);
        json.set(LimitsJson.FIELD, LimitsJson.write(limits));
        return json;
    }
}
