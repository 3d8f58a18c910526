package gptbroker.upstream;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.io.JsonStringEncoder;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * The few fields of a chat completion that we need, of a whole answer and of a chunk alike, read without building a
 * tree; and the request, written around the caller's messages without looking into them.
 */
final class ChatJson {
    private static final JsonFactory JSON = JsonFactory.builder()
            .disable(StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION)
            .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
            .build();
    private static final long NOT_TOLD = -1;
    private static final int LONGEST_WORD = 200;

    /**
     * What one JSON document said.
     *
     * @param hasChoice whether it held a choice at all
     * @param content the first choice's text, of {@code delta} or {@code message}
     * @param error whether it held an error
     * @param errorCode the error's code, from a provider and therefore for comparing only
     */
    record Reading(
            boolean hasChoice,
            @Nullable String content,
            @Nullable String finishReason,
            @Nullable Usage usage,
            @Nullable String id,
            boolean error,
            @Nullable String errorCode) {}

    private boolean hasChoice;
    private @Nullable String content;
    private @Nullable String finishReason;
    private @Nullable Usage usage;
    private @Nullable String id;
    private boolean error;
    private @Nullable String errorCode;

    private ChatJson() {}

    /**
     * Reads one document.
     *
     * @throws IOException when it is no JSON object, has anything behind it, or has text where no text can be
     */
    static Reading read(byte[] bytes, int from, int to) throws IOException {
        try (JsonParser parser = JSON.createParser(bytes, from, to - from)) {
            ChatJson json = new ChatJson();
            json.document(parser);
            return new Reading(
                    json.hasChoice, json.content, json.finishReason, json.usage, json.id, json.error, json.errorCode);
        }
    }

    /** The request's body. */
    static byte[] request(String model, Call call, boolean stream) {
        byte[] head = ascii("{\"model\":\"");
        byte[] name = JsonStringEncoder.getInstance().quoteAsUTF8(model);
        byte[] middle = ascii("\",\"messages\":");
        byte[] tail = ascii(temperature(call.temperature())
                + (call.maxTokens().isPresent()
                        ? ",\"max_tokens\":" + call.maxTokens().getAsInt()
                        : "")
                + (call.json() ? ",\"response_format\":{\"type\":\"json_object\"}" : "")
                + (stream ? ",\"stream\":true,\"stream_options\":{\"include_usage\":true}}" : "}"));
        return join(head, name, middle, call.messages(), tail);
    }

    private void document(JsonParser parser) throws IOException {
        if (parser.nextToken() != JsonToken.START_OBJECT) {
            throw new IOException("no object");
        }
        for (String name = parser.nextFieldName(); name != null; name = parser.nextFieldName()) {
            JsonToken value = parser.nextToken();
            switch (name) {
                case "id" -> id = word(parser, value);
                case "choices" -> choices(parser, value);
                case "usage" -> usage(parser, value);
                case "error" -> error(parser, value);
                default -> parser.skipChildren();
            }
        }
        if (parser.nextToken() != null) {
            throw new IOException("more than one document");
        }
    }

    private void choices(JsonParser parser, JsonToken value) throws IOException {
        if (value != JsonToken.START_ARRAY) {
            parser.skipChildren();
            return;
        }
        while (parser.nextToken() != JsonToken.END_ARRAY) {
            if (parser.currentToken() == JsonToken.START_OBJECT && !hasChoice) {
                hasChoice = true;
                choice(parser);
            } else {
                parser.skipChildren();
            }
        }
    }

    private void choice(JsonParser parser) throws IOException {
        for (String name = parser.nextFieldName(); name != null; name = parser.nextFieldName()) {
            JsonToken value = parser.nextToken();
            switch (name) {
                case "delta", "message" -> message(parser, value);
                case "finish_reason" -> finishReason = word(parser, value);
                default -> parser.skipChildren();
            }
        }
    }

    private void message(JsonParser parser, JsonToken value) throws IOException {
        if (value != JsonToken.START_OBJECT) {
            parser.skipChildren();
            return;
        }
        for (String name = parser.nextFieldName(); name != null; name = parser.nextFieldName()) {
            JsonToken inner = parser.nextToken();
            if (!name.equals("content") || inner == JsonToken.VALUE_NULL) {
                parser.skipChildren();
            } else if (inner == JsonToken.VALUE_STRING) {
                content = parser.getText();
            } else {
                throw new IOException("content is no text");
            }
        }
    }

    private void usage(JsonParser parser, JsonToken value) throws IOException {
        if (value != JsonToken.START_OBJECT) {
            parser.skipChildren();
            return;
        }
        long prompt = NOT_TOLD;
        long completion = NOT_TOLD;
        OptionalLong cached = OptionalLong.empty();
        OptionalLong reasoning = OptionalLong.empty();
        for (String name = parser.nextFieldName(); name != null; name = parser.nextFieldName()) {
            JsonToken inner = parser.nextToken();
            switch (name) {
                case "prompt_tokens" -> prompt = count(parser, inner);
                case "completion_tokens" -> completion = count(parser, inner);
                case "prompt_tokens_details" -> cached = detail(parser, inner, "cached_tokens");
                case "completion_tokens_details" -> reasoning = detail(parser, inner, "reasoning_tokens");
                default -> parser.skipChildren();
            }
        }
        if (prompt >= 0 && completion >= 0) {
            usage = new Usage(prompt, completion, cached, reasoning);
        }
    }

    private static OptionalLong detail(JsonParser parser, JsonToken value, String wanted) throws IOException {
        long told = NOT_TOLD;
        if (value == JsonToken.START_OBJECT) {
            for (String name = parser.nextFieldName(); name != null; name = parser.nextFieldName()) {
                JsonToken inner = parser.nextToken();
                if (name.equals(wanted)) {
                    told = count(parser, inner);
                } else {
                    parser.skipChildren();
                }
            }
        } else {
            parser.skipChildren();
        }
        return told < 0 ? OptionalLong.empty() : OptionalLong.of(told);
    }

    private void error(JsonParser parser, JsonToken value) throws IOException {
        error = value != JsonToken.VALUE_NULL && value != JsonToken.VALUE_FALSE;
        if (value != JsonToken.START_OBJECT) {
            parser.skipChildren();
            return;
        }
        for (String name = parser.nextFieldName(); name != null; name = parser.nextFieldName()) {
            JsonToken inner = parser.nextToken();
            if (name.equals("code")) {
                errorCode = word(parser, inner);
            } else {
                parser.skipChildren();
            }
        }
    }

    private static long count(JsonParser parser, JsonToken value) throws IOException {
        if (value == JsonToken.VALUE_NUMBER_INT && parser.getNumberType() != JsonParser.NumberType.BIG_INTEGER) {
            long told = parser.getLongValue();
            return told <= Usage.MOST ? told : NOT_TOLD;
        }
        parser.skipChildren();
        return NOT_TOLD;
    }

    private static @Nullable String word(JsonParser parser, JsonToken value) throws IOException {
        if (value == JsonToken.VALUE_STRING && parser.getTextLength() <= LONGEST_WORD) {
            return parser.getText();
        }
        parser.skipChildren();
        return null;
    }

    private static String temperature(OptionalDouble temperature) {
        return temperature.isPresent() ? ",\"temperature\":" + temperature.getAsDouble() : "";
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    private static byte[] join(byte[]... parts) {
        int length = 0;
        for (byte[] part : parts) {
            length += part.length;
        }
        byte[] whole = new byte[length];
        int at = 0;
        for (byte[] part : parts) {
            System.arraycopy(part, 0, whole, at, part.length);
            at += part.length;
        }
        return whole;
    }
}
