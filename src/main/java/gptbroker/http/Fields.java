package gptbroker.http;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import gptbroker.problem.Problem;
import gptbroker.problem.ProblemCode;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.regex.Pattern;

/**
 * What a request of the chat dialect says (seeds S1.18, S1.19): a GET says it in its query, every other method in its
 * body, which is JSON when it begins with {@code {} and a form otherwise, whatever its content type. Only the fields
 * that are asked for are looked at, so nothing else can be set through them.
 *
 * <p>Every reading throws {@link Problem} 400 {@code parameter_invalid} with the field's name when it is not what it has
 * to be. Immutable.
 */
public final class Fields {
    private static final JsonMapper JSON = JsonBody.STRICT;
    private static final Pattern NUMBER = Pattern.compile("-?\\d{1,9}");

    private final Map<String, List<String>> form;
    private final JsonNode json;

    private Fields(Map<String, List<String>> form, JsonNode json) {
        this.form = form;
        this.json = json;
    }

    /**
     * The fields of a request.
     *
     * @throws Problem 400 {@code invalid_json} or {@code bad_request} when they cannot be read at all
     */
    public static Fields of(Exchange exchange) {
        if (exchange.method().equals("GET") || exchange.method().equals("HEAD")) {
            return new Fields(Query.parse(exchange.rawQuery()), JSON.missingNode());
        }
        return read(exchange.body());
    }

    /** The fields of a body. */
    static Fields read(byte[] body) {
        String text = decode(body);
        return text.stripLeading().startsWith("{")
                ? new Fields(Map.of(), json(text))
                : new Fields(Query.parse(text.strip()), JSON.missingNode());
    }

    /**
     * A text, as it came; empty when it is absent, null or has no letter.
     *
     * @param longest characters that it may have
     */
    public Optional<String> text(String name, int longest) {
        Optional<String> text = one(name).filter(value -> !value.isEmpty());
        if (text.isPresent() && text.get().length() > longest) {
            throw invalid(name);
        }
        return text;
    }

    /** A text that must be there. */
    public String required(String name, int longest) {
        return text(name, longest).orElseThrow(() -> invalid(name));
    }

    /** A name: a text without blanks around it and without control characters. */
    public Optional<String> name(String name, int longest) {
        Optional<String> text = text(name, Integer.MAX_VALUE).map(String::strip).filter(value -> !value.isEmpty());
        if (text.isPresent()
                && (text.get().codePointCount(0, text.get().length()) > longest
                        || text.get().codePoints().anyMatch(Fields::isUnfit))) {
            throw invalid(name);
        }
        return text;
    }

    /** {@code true} or not: in JSON a boolean, in a form the word {@code true} (S1.19). */
    public boolean flag(String name) {
        JsonNode value = json.path(name);
        if (json.isMissingNode()) {
            return one(name).filter("true"::equals).isPresent();
        }
        if (!value.isMissingNode() && !value.isNull() && !value.isBoolean()) {
            throw invalid(name);
        }
        return value.asBoolean(false);
    }

    /** A whole number; absent when it is not given, null or empty. */
    public OptionalInt number(String name) {
        JsonNode value = json.path(name);
        if (value.isIntegralNumber() && value.canConvertToInt()) {
            return OptionalInt.of(value.intValue());
        }
        Optional<String> text = one(name).filter(given -> !given.isEmpty());
        if (text.isEmpty()) {
            return OptionalInt.empty();
        }
        if (json.isMissingNode() && NUMBER.matcher(text.get()).matches()) {
            return OptionalInt.of(Integer.parseInt(text.get()));
        }
        throw invalid(name);
    }

    /**
     * A list of short texts under any of these names: in JSON an array or one text, in a form repeated; both also as
     * comma lists. Without repetitions, in their order.
     */
    public List<String> list(String... names) {
        List<String> values = new ArrayList<>();
        for (String name : names) {
            raw(name).forEach(value -> List.of(value.split(",")).forEach(item -> values.add(item.strip())));
        }
        values.removeIf(String::isEmpty);
        return values.stream().distinct().toList();
    }

    /** The refusal of a field. */
    public static Problem invalid(String name) {
        return Problem.of(ProblemCode.PARAMETER_INVALID, name).in(List.of(name));
    }

    private Optional<String> one(String name) {
        List<String> values = raw(name);
        if (values.size() > 1 || json.path(name).isArray()) {
            throw invalid(name);
        }
        return values.stream().findFirst();
    }

    private List<String> raw(String name) {
        JsonNode value = json.path(name);
        if (json.isMissingNode()) {
            return form.getOrDefault(name, List.of());
        }
        if (value.isMissingNode() || value.isNull()) {
            return List.of();
        }
        List<String> values = new ArrayList<>();
        for (JsonNode item : value.isArray() ? value : List.of(value)) {
            if (!item.isTextual()) {
                throw invalid(name);
            }
            values.add(item.textValue());
        }
        return values;
    }

    private static boolean isUnfit(int c) {
        return Character.isISOControl(c) || Character.getType(c) == Character.SURROGATE;
    }

    private static JsonNode json(String text) {
        try {
            return JSON.readTree(text);
        } catch (JsonProcessingException malformed) {
            // Its message quotes the body.
            throw Problem.of(ProblemCode.INVALID_JSON);
        }
    }

    private static String decode(byte[] body) {
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(body))
                    .toString();
        } catch (CharacterCodingException invalid) {
            throw Problem.of(ProblemCode.INVALID_JSON);
        }
    }
}
