package gptbroker.gateway;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import gptbroker.http.Dialect;
import gptbroker.http.JsonAnswer;
import gptbroker.problem.Problem;
import gptbroker.problem.ProblemCode;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * {@code {"detail":…}}: a text, or for input that does not fit a list of what is wrong where, as FastAPI words it (S4.4,
 * S4.16). What was sent is not repeated.
 */
final class Detail implements Dialect {
    private static final String MISSING = "missing:";
    private static final int UNPROCESSABLE = 422;

    /** The refusal of fields that are not there. */
    static Problem missing(List<String> names) {
        return Problem.of(ProblemCode.PARAMETER_INVALID, String.join(" ", names))
                .in(names.stream().map(MISSING::concat).toList());
    }

    @Override
    public byte[] errorBody(Problem problem) {
        ObjectNode body = JsonNodeFactory.instance.objectNode();
        return JsonAnswer.bytes(body.set("detail", detail(problem)));
    }

    @Override
    public int status(Problem problem) {
        return switch (problem.code()) {
            case AUTHORIZATION_MISSING, TOKEN_INVALID, NOT_SIGNED_IN -> 403;
            case PARAMETER_INVALID, INVALID_JSON -> UNPROCESSABLE;
            case USERNAME_TAKEN -> 400;
            case UPSTREAM_FAILED, UPSTREAM_UNAVAILABLE -> 500;
            default -> problem.code().status();
        };
    }

    @Override
    public boolean ofWholePath() {
        return true;
    }

    private static JsonNode detail(Problem problem) {
        return switch (problem.code()) {
            case PARAMETER_INVALID -> list(problem.fields());
            case INVALID_JSON ->
                JsonNodeFactory.instance.arrayNode().add(item("json_invalid", "JSON decode error", null));
            default -> JsonNodeFactory.instance.textNode(text(problem.code()));
        };
    }

    private static ArrayNode list(List<String> fields) {
        ArrayNode list = JsonNodeFactory.instance.arrayNode();
        for (String field : fields) {
            list.add(
                    field.startsWith(MISSING)
                            ? item("missing", "Field required", field.substring(MISSING.length()))
                            : item("value_error", "Input is not valid", field));
        }
        return list.isEmpty() ? list.add(item("value_error", "Input is not valid", null)) : list;
    }

    private static ObjectNode item(String type, String message, @Nullable String field) {
        ObjectNode item = JsonNodeFactory.instance.objectNode().put("type", type);
        ArrayNode where = item.putArray("loc").add("body");
        if (field != null) {
            where.add(field);
        }
        return item.put("msg", message).putNull("input");
    }

    private static String text(ProblemCode code) {
        return switch (code) {
            case AUTHORIZATION_MISSING, TOKEN_INVALID, NOT_SIGNED_IN, ACCESS_DENIED -> "Unauthorized";
            case USERNAME_TAKEN -> "Username already taken";
            case MODEL_UNKNOWN -> "Unknown model";
            case NOT_FOUND -> "Chat history not found";
            case METHOD_NOT_ALLOWED -> "Method Not Allowed";
            case BAD_REQUEST -> "There was an error parsing the body";
            case QUOTA_EXCEEDED, RATE_EXCEEDED, CONCURRENCY_EXCEEDED, ADDRESS_RATE_EXCEEDED -> "Rate limit exceeded";
            case UPSTREAM_UNAVAILABLE -> "Failed to connect to chat service";
            default -> code.isUpstream() ? "Chat service error" : code.text();
        };
    }
}
