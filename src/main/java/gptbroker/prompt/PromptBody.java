package gptbroker.prompt;

import com.fasterxml.jackson.core.JsonToken;
import gptbroker.http.Exchange;
import gptbroker.http.Query;
import gptbroker.problem.Problem;
import gptbroker.problem.ProblemCode;
import gptbroker.prompt.Body.Messages;
import gptbroker.prompt.Body.Scalar;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** Reads the body of a request by its content type: JSON, a form, or nothing we know (seeds S3.14). */
final class PromptBody {
    private static final int MAX_FORM_BYTES = 56 * 1024;
    private static final String FORM = "application/x-www-form-urlencoded";

    private PromptBody() {}

    static Body read(Exchange exchange) {
        List<String> types = exchange.headers("Content-Type");
        byte[] body = exchange.body();
        if (types.size() != 1) {
            return Body.EMPTY;
        }
        String type = types.getFirst().toLowerCase(Locale.ROOT);
        String media = media(type);
        if (isJson(media)) {
            requireUtf8(type);
            return BodyReader.read(body);
        }
        if (media.equals(FORM)) {
            requireUtf8(type);
            return form(body);
        }
        return Body.EMPTY;
    }

    /** The fields of a form; empty when the body is said to be something else. */
    static Optional<Map<String, List<String>>> form(Exchange exchange) {
        List<String> types = exchange.headers("Content-Type");
        String type = types.size() == 1 ? types.getFirst().toLowerCase(Locale.ROOT) : "";
        if (!media(type).equals(FORM)) {
            return Optional.empty();
        }
        requireUtf8(type);
        return Optional.of(fields(exchange.body()));
    }

    /**
     * The body as strict UTF-8 JSON text; empty when there is none.
     *
     * @throws Problem 415 when it is said to be something else
     */
    static String json(Exchange exchange) {
        byte[] body = exchange.body();
        if (body.length == 0) {
            return "";
        }
        List<String> types = exchange.headers("Content-Type");
        String type = types.size() == 1 ? types.getFirst().toLowerCase(Locale.ROOT) : "";
        if (!isJson(media(type))) {
            throw Problem.of(ProblemCode.MEDIA_TYPE_UNSUPPORTED);
        }
        requireUtf8(type);
        return BodyReader.decode(body);
    }

    private static String media(String type) {
        return type.split(";", 2)[0].strip();
    }

    private static boolean isJson(String media) {
        return media.equals("application/json") || media.startsWith("application/") && media.endsWith("+json");
    }

    private static void requireUtf8(String type) {
        int at = type.indexOf("charset=");
        if (at < 0) {
            return;
        }
        String charset = type.substring(at + "charset=".length())
                .split(";", 2)[0]
                .replace("\"", "")
                .strip();
        try {
            if (Charset.forName(charset).equals(StandardCharsets.UTF_8)
                    || Charset.forName(charset).equals(StandardCharsets.US_ASCII)) {
                return;
            }
        } catch (IllegalArgumentException unknown) {
            // Refused below, like every charset that is not UTF-8 (RFC 8259, section 8.1).
        }
        throw Problem.of(ProblemCode.MEDIA_TYPE_UNSUPPORTED);
    }

    /** A form's values are strings: {@code messages} may spell out a JSON array, a temperature is refused (S3.24). */
    private static Body form(byte[] body) {
        Map<String, List<String>> fields = fields(body);
        return new Body(
                field(fields, "messages").map(value -> new Messages(JsonToken.VALUE_STRING, value, false, false)),
                field(fields, "temperature").map(value -> new Scalar(JsonToken.VALUE_STRING, value)),
                field(fields, "model").map(value -> new Scalar(JsonToken.VALUE_STRING, value)));
    }

    private static Map<String, List<String>> fields(byte[] body) {
        if (body.length > MAX_FORM_BYTES) {
            throw Problem.of(ProblemCode.BODY_TOO_LARGE);
        }
        return Query.parse(new String(body, StandardCharsets.ISO_8859_1));
    }

    /** A field that may be given once. */
    static Optional<String> field(Map<String, List<String>> fields, String name) {
        List<String> values = fields.getOrDefault(name, List.of());
        if (values.size() > 1) {
            throw Problem.of(ProblemCode.BAD_REQUEST);
        }
        return values.stream().findFirst();
    }
}
