package gptbroker.archive;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamWriteFeature;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.OffsetDateTime;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * One archived exchange, or a message of a chat, as its user or the operator is told it. A number that the provider did
 * not give is {@code null}, which is not 0; the output is {@code null} while there is none, the input of a declared
 * prompt for its user always.
 *
 * @param id the request id
 * @param json the exchange as a JSON object; NUL and lone surrogates are exact
 * @param size about how many bytes it is
 */
public record Told(UUID id, ObjectNode json, long size) {
    /** What {@link #read} wants; the tables are {@code i} and {@code r}. */
    static final String COLUMNS = "i.id, i.user_id, i.caller_id, i.endpoint, i.model, i.content, i.content_exact,"
            + " r.content, r.content_exact, r.status, r.error_code, r.finish_reason, r.units, r.prompt_tokens,"
            + " r.completion_tokens, i.\"timestamp\", r.\"timestamp\", r.latency_ms, r.cost_usd, r.usage_estimated";

    // Lone surrogates have no bytes in UTF-8, so that they can only travel escaped.
    private static final JsonMapper JSON = JsonMapper.builder()
            .enable(JsonWriteFeature.ESCAPE_NON_ASCII)
            .enable(StreamWriteFeature.WRITE_BIGDECIMAL_AS_PLAIN)
            .build();
    private static final long OVERHEAD = 512;

    /** The JSON on one line, without a line break; {@code type} says what it is. */
    public byte[] line(String type) {
        ObjectNode line = JsonNodeFactory.instance.objectNode().put("type", type);
        line.setAll(json);
        try {
            return JSON.writeValueAsString(line).getBytes(UTF_8);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a tree is always JSON", e);
        }
    }

    /** @param forOperator also tells whose it is */
    static Told read(ResultSet row, boolean forOperator) throws SQLException {
        UUID id = row.getObject(1, UUID.class);
        String input = forOperator || !holdsPrompt(row.getString(4)) ? text(row, 6) : null;
        String output = text(row, 8);
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        json.put("id", id.toString());
        if (forOperator) {
            json.put("user_id", row.getString(2));
            json.put("caller_id", row.getString(3));
        }
        json.put("endpoint", row.getString(4));
        json.put("model", row.getString(5));
        json.put("input", input);
        json.put("output", output);
        json.put("status", row.getString(10));
        json.put("error_code", row.getString(11));
        json.put("finish_reason", row.getString(12));
        json.put("units", number(row, 13));
        json.put("prompt_tokens", number(row, 14));
        json.put("completion_tokens", number(row, 15));
        json.put("tokens_estimated", row.getBoolean(20));
        json.put("cost_usd", row.getBigDecimal(19));
        json.put("asked_at", time(row, 16));
        json.put("answered_at", "open".equals(row.getString(10)) ? null : time(row, 17));
        json.put("latency_ms", number(row, 18));
        return new Told(id, json, OVERHEAD + length(input) + length(output));
    }

    /** The rendered input of a declared prompt holds the tenant's prompt, which is not the user's to read. */
    private static boolean holdsPrompt(@Nullable String endpoint) {
        return endpoint != null && endpoint.startsWith("/prompts/");
    }

    private static @Nullable String text(ResultSet row, int column) throws SQLException {
        byte[] exact = row.getBytes(column + 1);
        if (exact == null) {
            return row.getString(column);
        }
        try {
            return JSON.readValue(exact, String.class);
        } catch (java.io.IOException e) {
            return row.getString(column); // somebody else's bytes: the readable text is still there
        }
    }

    private static @Nullable Long number(ResultSet row, int column) throws SQLException {
        long value = row.getLong(column);
        return row.wasNull() ? null : value;
    }

    private static @Nullable String time(ResultSet row, int column) throws SQLException {
        OffsetDateTime time = row.getObject(column, OffsetDateTime.class);
        return time == null ? null : time.toInstant().toString();
    }

    private static long length(@Nullable String text) {
        return text == null ? 0 : text.length();
    }
}
