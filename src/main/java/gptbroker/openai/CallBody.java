package gptbroker.openai;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.io.JsonStringEncoder;
import gptbroker.problem.Problem;
import gptbroker.problem.ProblemCode;
import gptbroker.upstream.Usage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * The few fields of a metered request that matter here. The rest of the body stays as it came: a change is cut into its
 * text, so that numbers, escapes and unknown fields reach the provider as the client wrote them.
 *
 * <p>Refused with {@code invalid_json}: what is no UTF-8 JSON object, or has a field twice, which the provider might
 * read otherwise than we.
 */
final class CallBody {
    private static final JsonFactory JSON = JsonFactory.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .streamReadConstraints(
                    StreamReadConstraints.builder().maxNestingDepth(256).build())
            .build();

    private static final long NOT_TOLD = -1;

    /** Where a value stands in the text. */
    private record Range(int from, int to) {}

    private final Kind kind;
    private String text;
    private @Nullable Range modelAt;
    private @Nullable Range optionsAt;
    private @Nullable Range usageAt;
    private boolean optionsEmpty = true;
    private int begin;
    private String model = "";
    private String input = "";
    private boolean stream;
    private long answers = 1;
    private long answerTokens = NOT_TOLD;
    private boolean usageAsked;

    private CallBody(Kind kind, String text) {
        this.kind = kind;
        this.text = text;
    }

    /**
     * Reads a body.
     *
     * @throws Problem {@code invalid_json}
     */
    static CallBody read(Kind kind, byte[] body) {
        try {
            String text = StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(body))
                    .toString();
            var read = new CallBody(kind, text);
            try (JsonParser parser = JSON.createParser(text)) {
                read.document(parser);
            }
            return read;
        } catch (CharacterCodingException invalid) {
            throw Problem.of(ProblemCode.INVALID_JSON);
        } catch (IOException malformed) {
            throw Problem.of(ProblemCode.INVALID_JSON);
        }
    }

    /** The model's public name; empty when there is none. */
    String model() {
        return model;
    }

    /** Messages, prompt or input, as the JSON that came. */
    String input() {
        return input;
    }

    /** Everything that the provider reads. */
    String text() {
        return text;
    }

    /** The most tokens that all its answers may have together; empty when nothing bounds them. */
    OptionalLong answerTokens() {
        if (kind == Kind.EMBEDDING) {
            return OptionalLong.of(0);
        }
        return answerTokens == NOT_TOLD
                ? OptionalLong.empty()
                : OptionalLong.of(Math.min(Usage.MOST, answers * answerTokens));
    }

    /** Whether a stream's usage, which we ask for in any case, is to be hidden from the client. */
    boolean hidesUsage() {
        return stream && kind.hasStreamOptions() && !usageAsked;
    }

    /** The body for the provider: its own model name, and its usage at the end of a stream. */
    byte[] forProvider(String providersModel) {
        StringBuilder out = new StringBuilder(text);
        // From back to front, so that the places in front stay where they are.
        if (hidesUsage()) {
            askForUsage(out, providersModel);
        } else {
            rename(out, providersModel);
        }
        return out.toString().getBytes(StandardCharsets.UTF_8);
    }

    /** The body with another model name, otherwise as it came. */
    byte[] renamed(String providersModel) {
        StringBuilder out = new StringBuilder(text);
        rename(out, providersModel);
        return out.toString().getBytes(StandardCharsets.UTF_8);
    }

    private void askForUsage(StringBuilder out, String providersModel) {
        Range options = optionsAt;
        if (options == null) {
            rename(out, providersModel);
            out.insert(begin, "\"stream_options\":{\"include_usage\":true},");
            return;
        }
        boolean behind = modelAt == null || options.from() > modelAt.from();
        if (!behind) {
            rename(out, providersModel);
        }
        if (usageAt != null) {
            out.replace(usageAt.from(), usageAt.to(), "true");
        } else if (text.charAt(options.from()) == '{') {
            out.insert(options.from() + 1, "\"include_usage\":true" + (optionsEmpty ? "" : ","));
        } else {
            out.replace(options.from(), options.to(), "{\"include_usage\":true}");
        }
        if (behind) {
            rename(out, providersModel);
        }
    }

    private void rename(StringBuilder out, String providersModel) {
        if (modelAt != null && !providersModel.equals(model)) {
            String quoted = new String(JsonStringEncoder.getInstance().quoteAsString(providersModel));
            out.replace(modelAt.from(), modelAt.to(), "\"" + quoted + "\"");
        }
    }

    private void document(JsonParser parser) throws IOException {
        if (parser.nextToken() != JsonToken.START_OBJECT) {
            throw new IOException("no object");
        }
        begin = (int) parser.currentLocation().getCharOffset();
        for (String name = parser.nextFieldName(); name != null; name = parser.nextFieldName()) {
            JsonToken value = parser.nextToken();
            int from = (int) parser.currentTokenLocation().getCharOffset();
            switch (name) {
                case "model" -> model = value == JsonToken.VALUE_STRING ? parser.getText() : "";
                case "stream" -> stream = value == JsonToken.VALUE_TRUE;
                case "stream_options" -> options(parser, value);
                case "max_tokens", "max_completion_tokens", "max_output_tokens" ->
                    answerTokens = Math.max(answerTokens, count(parser, value, NOT_TOLD));
                case "n", "best_of" -> answers = Math.max(answers, count(parser, value, 1));
                default -> parser.skipChildren();
            }
            parser.skipChildren();
            keep(name, new Range(from, end(parser)));
        }
        if (parser.nextToken() != null) {
            throw new IOException("more than one document");
        }
    }

    /** What is none the provider will refuse. */
    private static long count(JsonParser parser, JsonToken value, long otherwise) throws IOException {
        boolean counts = value == JsonToken.VALUE_NUMBER_INT && parser.getNumberType() == JsonParser.NumberType.INT;
        return counts && parser.getIntValue() > 0 ? parser.getIntValue() : otherwise;
    }

    private void keep(String name, Range range) {
        if (name.equals("model")) {
            modelAt = range;
        } else if (name.equals("stream_options")) {
            optionsAt = range;
        } else if (name.equals(kind.input())) {
            input = text.substring(range.from(), range.to());
        }
    }

    private void options(JsonParser parser, JsonToken value) throws IOException {
        if (value != JsonToken.START_OBJECT) {
            return;
        }
        for (String name = parser.nextFieldName(); name != null; name = parser.nextFieldName()) {
            optionsEmpty = false;
            JsonToken inner = parser.nextToken();
            int from = (int) parser.currentTokenLocation().getCharOffset();
            parser.skipChildren();
            if (name.equals("include_usage")) {
                usageAsked = inner == JsonToken.VALUE_TRUE;
                usageAt = new Range(from, end(parser));
            }
        }
    }

    /** Behind the current token; a string is read to its end only when its text is asked for. */
    private static int end(JsonParser parser) throws IOException {
        if (parser.currentToken() == JsonToken.VALUE_STRING) {
            parser.getTextLength();
        }
        return (int) parser.currentLocation().getCharOffset();
    }
}
