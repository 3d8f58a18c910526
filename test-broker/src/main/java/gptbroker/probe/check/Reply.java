package gptbroker.probe.check;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.net.http.HttpHeaders;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Locale;

/** One whole answer. */
record Reply(int status, HttpHeaders headers, Arrivals body, Duration took) {
    private static final ObjectMapper JSON = new ObjectMapper();

    /** The header's first value, or the empty string. */
    String header(String name) {
        return headers.firstValue(name).orElse("");
    }

    boolean has(String name) {
        return headers.firstValue(name).isPresent();
    }

    /** The content type without blanks, in lower case. */
    String contentType() {
        return header("Content-Type").replace(" ", "").toLowerCase(Locale.ROOT);
    }

    String text() {
        return new String(body.bytes(), StandardCharsets.UTF_8);
    }

    /** The body as JSON. */
    JsonNode json() {
        return json(text());
    }

    /** Parses {@code text}, which came in an answer. */
    static JsonNode json(String text) {
        try {
            JsonNode node = JSON.readTree(text);
            Mismatch.unless(!node.isMissingNode(), "empty where JSON was expected");
            return node;
        } catch (JacksonException notJson) {
            throw new Mismatch("not JSON: " + Mismatch.shortened(text));
        }
    }
}
