package gptbroker.probe.check;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** How the {@link FakeBroker} validates what is sent to its five endpoints. */
record FakeRules(Set<Fault> faults) {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String NULL = ",\"message\":null}";

    /** An answer other than a success. */
    static final class Refused extends RuntimeException {
        private static final long serialVersionUID = 1L;
        private final int status;
        private final String code;
        private final String body;

        Refused(int status, String code, String body) {
            this.status = status;
            this.code = code;
            this.body = body;
        }

        int status() {
            return status;
        }

        String code() {
            return code;
        }

        String body() {
            return body;
        }
    }

    void validate(String path, @Nullable String query, byte[] body) throws IOException {
        if (path.equals(Paths.SIMPLE)) {
            prompt(query == null ? "" : query);
            return;
        }
        JsonNode json = parse(body);
        String end = path.equals(Paths.ADVANCED) ? NULL : "}";
        if (!path.equals(Paths.ADVANCED)) {
            temperature(json.path("temperature"));
        }
        JsonNode messages = path.equals(Paths.ADVANCED) && json.isArray() ? json : json.path("messages");
        array(messages, end);
        if (path.equals(Paths.STREAM)
                && !Set.of("gpt-4o", "gpt-4o-mini").contains(json.path("model").asText())) {
            throw refused("model_unknown", "'model' must be one of gpt-4o,gpt-4o-mini", "}");
        }
        for (JsonNode each : messages) {
            if (!each.hasNonNull("role") || !each.hasNonNull("content")) {
                throw refused(
                        "message_malformed", "each 'message' object must have a 'role' and 'content' property", end);
            }
        }
    }

    private void prompt(String query) {
        List<String> prompts = Arrays.stream(query.split("&"))
                .filter(each -> each.startsWith("prompt="))
                .toList();
        if (prompts.size() > 1) {
            throw refused("prompt_not_string", "'prompt' must be a string", NULL);
        }
        if (Optional.ofNullable(prompts.isEmpty() ? null : prompts.getFirst())
                .orElse("prompt=")
                .equals("prompt=")) {
            String end = faults.contains(Fault.MISSING_NULL) ? "}" : NULL;
            throw refused("prompt_missing", "Missing required 'prompt' query parameter", end);
        }
    }

    private static JsonNode parse(byte[] body) throws IOException {
        try {
            return body.length == 0 ? JSON.createObjectNode() : JSON.readTree(body);
        } catch (JacksonException malformed) {
            throw refused("invalid_json", "Bad Request", NULL);
        }
    }

    private void temperature(JsonNode temperature) {
        boolean none = temperature.isMissingNode() || temperature.isNull();
        if (!none && !(temperature.isNumber() && temperature.asDouble() >= 0 && temperature.asDouble() <= 1)) {
            String range = faults.contains(Fault.WRONG_TEXT) ? "[0, 2]" : "[0, 1]";
            throw refused("temperature_invalid", "'temperature' must be a number between " + range, "}");
        }
    }

    private void array(JsonNode messages, String end) throws IOException {
        if (messages.isMissingNode()) {
            throw refused("messages_missing", "Missing required 'messages' in body of request", NULL);
        }
        boolean encoded =
                messages.isTextual() && messages.asText().startsWith("[") && !faults.contains(Fault.STRING_REFUSED);
        JsonNode array = encoded ? JSON.readTree(messages.asText()) : messages;
        if (!array.isArray() || array.isEmpty()) {
            throw refused("messages_not_array", "'messages' must be an array", end);
        }
    }

    private static Refused refused(String code, String text, String end) {
        return new Refused(400, code, "{\"error\":\"" + text + "\"" + end);
    }
}
