package gptbroker.inference;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import gptbroker.http.Dialect;
import gptbroker.problem.Problem;
import gptbroker.problem.ProblemCode;
import java.nio.charset.StandardCharsets;

/**
 * Errors as the original inference service had them, {@code {"detail": …}}: a text, or for a body that is not right a
 * list of places with status 422 (S4.22). The status is the real one, the words are ours.
 */
final class Detail implements Dialect {
    private static final JsonMapper JSON = new JsonMapper();

    @Override
    public int status(Problem problem) {
        return isOfBody(problem.code()) ? 422 : problem.code().status();
    }

    @Override
    public byte[] errorBody(Problem problem) {
        ObjectNode body = JSON.createObjectNode();
        ProblemCode code = problem.code();
        if (isOfBody(code)) {
            places(problem, body.putArray("detail"));
        } else if (code.isUpstream()) {
            body.put("detail", "OpenAI API error: " + code.text());
        } else {
            body.put("detail", code.status() == 401 ? "Unauthorized" : code.text());
        }
        return body.toString().getBytes(StandardCharsets.UTF_8);
    }

    @Override
    public boolean ofWholePath() {
        return true;
    }

    private static boolean isOfBody(ProblemCode code) {
        return code == ProblemCode.INPUT_INVALID || code == ProblemCode.INVALID_JSON;
    }

    private static void places(Problem problem, ArrayNode detail) {
        if (problem.code() == ProblemCode.INVALID_JSON) {
            ObjectNode place = detail.addObject().put("type", "json_invalid");
            place.putArray("loc").add("body");
            place.put("msg", "JSON decode error");
        }
        for (String pointer : problem.fields()) {
            String field = pointer.substring(pointer.lastIndexOf('/') + 1);
            ObjectNode place = detail.addObject().put("type", type(field));
            ArrayNode loc = place.putArray("loc").add("body");
            for (String step : pointer.substring(1).split("/")) {
                if (Character.isDigit(step.charAt(0))) {
                    loc.add(Integer.parseInt(step));
                } else {
                    loc.add(step);
                }
            }
            place.put("msg", message(field));
        }
    }

    private static String type(String field) {
        return switch (field) {
            case "role" -> "literal_error";
            case "chat_history" -> "list_type";
            default -> "string_type";
        };
    }

    private static String message(String field) {
        return switch (field) {
            case "role" -> "Input should be 'user' or 'assistant'";
            case "chat_history" -> "Input should be a valid list";
            default -> "Input should be a valid string";
        };
    }
}
