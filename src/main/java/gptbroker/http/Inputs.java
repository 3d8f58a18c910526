package gptbroker.http;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import gptbroker.problem.Problem;
import gptbroker.problem.ProblemCode;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The named values of a request, whether they came as a JSON object or as a form (S1.18, S1.19). A {@code GET} has them
 * in its query; for every other method the query is not looked at, since URLs end up in logs.
 *
 * <p>A body that begins with {@code &#123;} is JSON whatever its type. JSON is read strictly: UTF-8, no member twice,
 * nothing behind the object. {@code null} is the same as absent. Immutable; a value of the wrong kind is a
 * {@link Problem} 400 {@code parameter_invalid} with its name.
 */
public final class Inputs {
    private static final String FORM = "application/x-www-form-urlencoded";
    private static final Pattern NUMBER = Pattern.compile("-?\\d{1,9}");
    private static final int MAX_DEPTH = 32;
    private static final JsonMapper JSON = JsonMapper.builder(JsonFactory.builder()
                    .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                    .streamReadConstraints(StreamReadConstraints.builder()
                            .maxNestingDepth(MAX_DEPTH)
                            .build())
                    .build())
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    private final ObjectNode values;
    private final boolean form;

    private Inputs(ObjectNode values, boolean form) {
        this.values = values;
        this.form = form;
    }

    /**
     * Reads them.
     *
     * @throws Problem 400 {@code invalid_json} or {@code bad_request}, 415 for other types of body
     */
    public static Inputs read(Exchange exchange) {
        if (exchange.method().equals("GET") || exchange.method().equals("HEAD")) {
            return ofForm(exchange.rawQuery());
        }
        return ofBody(exchange.headers("Content-Type"), exchange.body());
    }

    /** Those of a body; as {@link #read}. */
    static Inputs ofBody(List<String> contentTypes, byte[] body) {
        String type = mediaType(contentTypes);
        String text = decode(body);
        if (text.stripLeading().startsWith("{") || type.equals("application/json") || type.endsWith("+json")) {
            return text.isBlank() ? ofForm("") : ofJson(text);
        }
        if (!text.isEmpty() && !type.isEmpty() && !type.equals(FORM)) {
            throw Problem.of(ProblemCode.MEDIA_TYPE_UNSUPPORTED);
        }
        return ofForm(text.strip());
    }

    /** A text as it came; it may be empty. */
    public Optional<String> text(String name) {
        JsonNode value = single(name);
        if (value == null) {
            return Optional.empty();
        }
        if (!value.isTextual()) {
            throw Parameters.invalid(name);
        }
        return Optional.of(value.textValue());
    }

    /** A text that must be there and not empty, of at most so many characters. */
    public String required(String name, int longest) {
        return text(name)
                .filter(text -> !text.isEmpty() && text.codePointCount(0, text.length()) <= longest)
                .orElseThrow(() -> Parameters.invalid(name));
    }

    /** {@code true} or {@code false}; in a form everything but {@code true} is false. */
    public Optional<Boolean> flag(String name) {
        JsonNode value = single(name);
        if (value == null) {
            return Optional.empty();
        }
        if (form) {
            return Optional.of(value.textValue().equals("true"));
        }
        if (!value.isBoolean()) {
            throw Parameters.invalid(name);
        }
        return Optional.of(value.booleanValue());
    }

    /** A whole number of at most nine digits. */
    public OptionalInt number(String name) {
        JsonNode value = single(name);
        if (value == null) {
            return OptionalInt.empty();
        }
        if (form ? !value.isTextual() : !value.isIntegralNumber()) {
            throw Parameters.invalid(name);
        }
        String digits = value.asText();
        if (!NUMBER.matcher(digits).matches()) {
            throw Parameters.invalid(name);
        }
        return OptionalInt.of(Integer.parseInt(digits));
    }

    /** Texts in a JSON array, in repeated form values, or with commas between; blank ones are left out. */
    public List<String> list(String name) {
        JsonNode value = values.get(name);
        var texts = new ArrayList<String>();
        if (value == null || value.isNull()) {
            return texts;
        }
        for (JsonNode item :
                value.isArray() ? value : JsonNodeFactory.instance.arrayNode().add(value)) {
            if (!item.isTextual()) {
                throw Parameters.invalid(name);
            }
            Arrays.stream(item.textValue().split(","))
                    .map(String::strip)
                    .filter(text -> !text.isEmpty())
                    .forEach(texts::add);
        }
        return texts;
    }

    /** The value, null when absent; a form's must not be given twice. */
    private @Nullable JsonNode single(String name) {
        JsonNode value = values.get(name);
        if (value == null || value.isNull()) {
            return null;
        }
        if (!form) {
            return value;
        }
        if (value.size() != 1) {
            throw Parameters.invalid(name);
        }
        return value.get(0);
    }

    static Inputs ofForm(String raw) {
        ObjectNode values = JsonNodeFactory.instance.objectNode();
        for (Map.Entry<String, List<String>> field : Query.parse(raw).entrySet()) {
            ArrayNode all = values.putArray(field.getKey());
            field.getValue().forEach(all::add);
        }
        return new Inputs(values, true);
    }

    private static Inputs ofJson(String text) {
        try {
            if (JSON.readTree(text) instanceof ObjectNode object) {
                return new Inputs(object, false);
            }
        } catch (JsonProcessingException malformed) {
            // Its message quotes the text.
        }
        throw Problem.of(ProblemCode.INVALID_JSON);
    }

    private static String decode(byte[] body) {
        try {
            return UTF_8.newDecoder().decode(ByteBuffer.wrap(body)).toString();
        } catch (CharacterCodingException e) {
            throw Problem.of(ProblemCode.BAD_REQUEST, "the body is not UTF-8");
        }
    }

    private static String mediaType(List<String> types) {
        return types.size() == 1
                ? types.getFirst().split(";", 2)[0].strip().toLowerCase(Locale.ROOT)
                : types.isEmpty() ? "" : "several";
    }
}
