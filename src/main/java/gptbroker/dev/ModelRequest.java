package gptbroker.dev;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;

/**
 * What the scripted model needs to know of a chat completion request.
 *
 * @param prompt text of the last message, of whatever role
 * @param promptTokens see {@link ScriptedModel#tokens}, over all messages
 * @param usage whether a stream shall end with its usage
 * @param json whether the answer shall be a JSON object
 */
record ModelRequest(
        String model, Script script, String prompt, long promptTokens, boolean stream, boolean usage, boolean json) {
    private static final ObjectMapper mapper = new ObjectMapper();

    /** @throws IOException when it is not a JSON object with messages */
    static ModelRequest parse(byte[] body, String deployment) throws IOException {
        var root = mapper.readTree(body);
        var messages = root.path("messages");
        if (!messages.isArray() || messages.isEmpty()) {
            throw new IOException("messages");
        }
        var prompt = "";
        long tokens = 0;
        for (var message : messages) {
            prompt = text(message.path("content"));
            tokens += ScriptedModel.tokens(prompt);
        }
        var model = deployment.isEmpty() ? root.path("model").asText() : deployment;
        return new ModelRequest(
                model,
                Script.of(model, prompt),
                prompt,
                tokens,
                root.path("stream").asBoolean(),
                root.path("stream_options").path("include_usage").asBoolean(),
                root.path("response_format").path("type").asText().startsWith("json"));
    }

    private static String text(JsonNode content) {
        if (!content.isArray()) {
            return content.asText("");
        }
        var text = new StringBuilder();
        content.forEach(part -> text.append(part.path("text").asText("")));
        return text.toString();
    }
}
