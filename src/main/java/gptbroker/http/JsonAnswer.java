package gptbroker.http;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamWriteFeature;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;

/** Sends a JSON tree as an answer. */
public final class JsonAnswer {
    private static final String TYPE = "application/json; charset=utf-8";
    // Escaped, so that lone surrogates, which UTF-8 has no bytes for, arrive as they are.
    private static final JsonMapper JSON = JsonMapper.builder()
            .enable(JsonWriteFeature.ESCAPE_NON_ASCII)
            .enable(StreamWriteFeature.WRITE_BIGDECIMAL_AS_PLAIN)
            .build();

    private JsonAnswer() {}

    /** Sends it whole, as 200. */
    public static void send(Exchange exchange, JsonNode json) throws ClientGone {
        exchange.send(200, TYPE, bytes(json));
    }

    /** The tree as it is sent: ASCII alone. */
    public static byte[] bytes(JsonNode json) {
        try {
            return JSON.writeValueAsString(json).getBytes(UTF_8);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a tree is always JSON", e);
        }
    }
}
