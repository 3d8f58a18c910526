package gptbroker.prompt;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import gptbroker.declare.Declaration;
import gptbroker.declare.Declaration.Message;
import gptbroker.declare.MissingVariable;
import gptbroker.http.Exchange;
import gptbroker.problem.Problem;
import gptbroker.problem.ProblemCode;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** A declared prompt: the body is its input, which the schema judges before the templates see it. */
record DeclaredPrompt(Declaration declaration) implements PromptParser {
    private static final int MOST_FIELDS = 10;
    private static final int LONGEST_FIELD = 100;

    private static final JsonMapper STRICT = JsonMapper.builder(BodyReader.JSON)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS, DeserializationFeature.FAIL_ON_READING_DUP_TREE_KEY)
            .build();

    @Override
    public Prompt parse(Exchange exchange) {
        JsonNode input = input(PromptBody.json(exchange));
        List<String> failures = declaration.input().failures(input);
        if (!failures.isEmpty()) {
            throw refused(failures);
        }
        String messages = messages(input);
        return new Prompt(
                declaration.model(),
                messages.getBytes(StandardCharsets.UTF_8),
                declaration.temperature(),
                declaration.maxTokens(),
                declaration.form() == Declaration.Form.MODEL_JSON,
                messages);
    }

    /** A body's JSON; {@code {}} without a body. */
    static JsonNode input(String body) {
        try {
            JsonNode input = STRICT.readTree(body.isEmpty() ? "{}" : body);
            if (!input.isMissingNode() && isFinite(input)) {
                return input;
            }
        } catch (JsonProcessingException malformed) {
            // Its message quotes the body.
        }
        throw Problem.of(ProblemCode.INVALID_JSON);
    }

    /** 1e999 is well-formed, and no number that a schema could judge. */
    private static boolean isFinite(JsonNode node) {
        if (node.isFloatingPointNumber()) {
            return Double.isFinite(node.doubleValue());
        }
        for (JsonNode child : node) {
            if (!isFinite(child)) {
                return false;
            }
        }
        return true;
    }

    /** The refusal of an input, with the fields that are wrong. */
    static Problem refused(List<String> failures) {
        return Problem.of(ProblemCode.INPUT_INVALID)
                .in(failures.stream()
                        .limit(MOST_FIELDS)
                        .map(field -> field.length() > LONGEST_FIELD ? field.substring(0, LONGEST_FIELD) + "…" : field)
                        .toList());
    }

    private String messages(JsonNode input) {
        var json = new StringBuilder("[");
        for (Message message : declaration.messages()) {
            json.append(json.length() > 1 ? "," : "")
                    .append("{\"role\":\"")
                    .append(message.role())
                    .append("\",\"content\":")
                    .append(JsonText.quote(content(message, input)))
                    .append('}');
        }
        return json.append(']').toString();
    }

    private static String content(Message message, JsonNode input) {
        try {
            return message.content().render(input);
        } catch (MissingVariable missing) {
            throw refused(List.of("/" + missing.name().replace('.', '/')));
        }
    }
}
