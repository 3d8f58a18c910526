package gptbroker.inference;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import gptbroker.problem.Problem;
import gptbroker.problem.ProblemCode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * The body of {@code POST /chat/} (seed row S4.21): a message and what was said before it. Roles are the two of a
 * conversation; a history that brought its own system message would change what the model is told to be.
 */
final class Conversation {
    private static final JsonMapper JSON = JsonMapper.builder(JsonFactory.builder()
                    .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                    // So that lone surrogates, which UTF-8 has no bytes for, reach the model as they came.
                    .enable(JsonWriteFeature.ESCAPE_NON_ASCII)
                    .streamReadConstraints(
                            StreamReadConstraints.builder().maxNestingDepth(16).build())
                    .build())
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    private static final Set<String> ROLES = Set.of("user", "assistant");
    private static final String SYSTEM = "You are a helpful assistant.";
    private static final int MOST_MISTAKES = 10;

    private final ArrayNode messages = JSON.createArrayNode();
    private final List<String> mistakes = new ArrayList<>();

    private Conversation() {
        add("system", SYSTEM);
    }

    /**
     * The messages for the provider, a JSON array.
     *
     * @throws Problem {@code invalid_json}; {@code input_invalid} with the places that are wrong
     */
    static byte[] messages(byte[] body) {
        Conversation conversation = new Conversation();
        conversation.read(document(body));
        if (!conversation.mistakes.isEmpty()) {
            throw Problem.of(ProblemCode.INPUT_INVALID)
                    .in(conversation.mistakes.stream().limit(MOST_MISTAKES).toList());
        }
        try {
            return JSON.writeValueAsBytes(conversation.messages);
        } catch (JacksonException never) {
            throw new IllegalStateException("a tree is always JSON", never);
        }
    }

    private static JsonNode document(byte[] body) {
        try {
            // Jackson would look for other encodings than UTF-8, and take bytes that are none of it.
            String text = StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(body))
                    .toString();
            return JSON.readTree(text);
        } catch (JacksonException malformed) {
            throw Problem.of(ProblemCode.INVALID_JSON);
        } catch (IOException noUtf8) {
            throw Problem.of(ProblemCode.INVALID_JSON);
        }
    }

    private void read(JsonNode root) {
        JsonNode history = root.path("chat_history");
        if (history.isArray()) {
            for (int i = 0; i < history.size(); i++) {
                JsonNode turn = history.path(i);
                add(
                        text(turn.path("role"), "/chat_history/" + i + "/role"),
                        text(turn.path("text"), "/chat_history/" + i + "/text"));
                if (turn.path("role").isTextual()
                        && !ROLES.contains(turn.path("role").textValue())) {
                    mistakes.add("/chat_history/" + i + "/role");
                }
            }
        } else {
            mistakes.add("/chat_history");
        }
        add("user", text(root.path("message"), "/message"));
    }

    private String text(JsonNode value, String place) {
        if (!value.isTextual()) {
            mistakes.add(place);
        }
        return value.asText("");
    }

    private void add(String role, String content) {
        messages.addObject().put("role", role).put("content", content);
    }
}
