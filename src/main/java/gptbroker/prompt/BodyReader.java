package gptbroker.prompt;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import gptbroker.problem.Problem;
import gptbroker.problem.ProblemCode;
import gptbroker.prompt.Body.Messages;
import gptbroker.prompt.Body.Scalar;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/**
 * Reads a JSON body strictly, in one pass, without building a tree: {@code messages} is cut out of the text as it came,
 * so that escapes reach the provider and the archive unchanged.
 *
 * <p>Refused with {@code invalid_json}: invalid UTF-8 (overlong forms and encoded surrogates too), anything after the
 * document, nesting above 64, numbers above 100 digits, raw control characters, a decisive field given twice.
 */
final class BodyReader {
    private static final int MAX_DEPTH = 64;
    private static final int MAX_NUMBER = 100;

    static final JsonFactory JSON = JsonFactory.builder()
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxNestingDepth(MAX_DEPTH)
                    .maxNumberLength(MAX_NUMBER)
                    .build())
            .build();

    private final String text;
    private final JsonParser parser;

    private BodyReader(String text, JsonParser parser) {
        this.text = text;
        this.parser = parser;
    }

    /**
     * Reads a whole body.
     *
     * @throws Problem {@code invalid_json}
     */
    static Body read(byte[] body) {
        return read(decode(body));
    }

    /** Reads a body that is text already. */
    static Body read(String text) {
        try (JsonParser parser = JSON.createParser(text)) {
            return new BodyReader(text, parser).document();
        } catch (IOException malformed) {
            throw Problem.of(ProblemCode.INVALID_JSON);
        }
    }

    static String decode(byte[] body) {
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(body))
                    .toString();
        } catch (CharacterCodingException invalid) {
            throw Problem.of(ProblemCode.INVALID_JSON);
        }
    }

    private Body document() throws IOException {
        JsonToken first = parser.nextToken();
        Body body = switch (first) {
            case null -> Body.EMPTY;
            case START_ARRAY -> new Body(Optional.of(messages()), Optional.empty(), Optional.empty());
            case START_OBJECT -> object();
            default -> throw Problem.of(ProblemCode.INVALID_JSON);
        };
        if (first != null && parser.nextToken() != null) {
            throw Problem.of(ProblemCode.INVALID_JSON);
        }
        return body;
    }

    private Body object() throws IOException {
        Optional<Messages> messages = Optional.empty();
        Optional<Scalar> temperature = Optional.empty();
        Optional<Scalar> model = Optional.empty();
        while (parser.nextToken() != JsonToken.END_OBJECT) {
            String name = parser.currentName();
            parser.nextToken();
            switch (name) {
                case "messages" -> messages = once(messages, messages());
                case "temperature" -> temperature = once(temperature, scalar());
                case "model" -> model = once(model, scalar());
                default -> parser.skipChildren();
            }
        }
        return new Body(messages, temperature, model);
    }

    private static <T> Optional<T> once(Optional<T> before, T value) {
        if (before.isPresent()) {
            throw Problem.of(ProblemCode.INVALID_JSON);
        }
        return Optional.of(value);
    }

    private Messages messages() throws IOException {
        JsonToken kind = parser.currentToken();
        if (kind.isScalarValue()) {
            return new Messages(kind, parser.getText(), false, false);
        }
        int start = (int) parser.currentTokenLocation().getCharOffset();
        boolean wellFormed = kind == JsonToken.START_ARRAY;
        boolean empty = true;
        if (wellFormed) {
            while (parser.nextToken() != JsonToken.END_ARRAY) {
                empty = false;
                wellFormed &= item();
            }
        } else {
            parser.skipChildren();
        }
        int end = (int) parser.currentLocation().getCharOffset();
        return new Messages(kind, text.substring(start, end), wellFormed && !empty, wellFormed && empty);
    }

    /** Reads one message; true if it has a role and content that the seed would call present (S3.24 text 4). */
    private boolean item() throws IOException {
        if (parser.currentToken() != JsonToken.START_OBJECT) {
            parser.skipChildren();
            return false;
        }
        Optional<Boolean> role = Optional.empty();
        Optional<Boolean> content = Optional.empty();
        while (parser.nextToken() != JsonToken.END_OBJECT) {
            String name = parser.currentName();
            parser.nextToken();
            switch (name) {
                case "role" -> role = once(role, filledString());
                case "content" -> content = once(content, filledContent());
                default -> parser.skipChildren();
            }
        }
        return role.orElse(false) && content.orElse(false);
    }

    private boolean filledString() throws IOException {
        boolean filled = parser.currentToken() == JsonToken.VALUE_STRING && parser.getTextLength() > 0;
        parser.skipChildren();
        return filled;
    }

    private boolean filledContent() throws IOException {
        if (parser.currentToken() != JsonToken.START_ARRAY) {
            return filledString();
        }
        boolean filled = false;
        while (parser.nextToken() != JsonToken.END_ARRAY) {
            filled = true;
            parser.skipChildren();
        }
        return filled;
    }

    private Scalar scalar() throws IOException {
        JsonToken kind = parser.currentToken();
        if (kind.isStructStart()) {
            parser.skipChildren();
            return new Scalar(kind, null);
        }
        return new Scalar(kind, parser.getText());
    }
}
