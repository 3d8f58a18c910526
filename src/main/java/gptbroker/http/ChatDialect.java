package gptbroker.http;

import gptbroker.problem.Problem;
import gptbroker.problem.ProblemCode;
import java.nio.charset.StandardCharsets;
import java.util.stream.Collectors;

/** {@code {"error":text}} with the texts of seeds S1.13 and S1.21; wrong fields are named beside it. */
final class ChatDialect implements Dialect {
    @Override
    public byte[] errorBody(Problem problem) {
        String fields = problem.fields().isEmpty()
                ? ""
                : problem.fields().stream().map(Json::string).collect(Collectors.joining(",", ",\"fields\":[", "]"));
        return ("{\"error\":" + Json.string(text(problem.code())) + fields + "}").getBytes(StandardCharsets.UTF_8);
    }

    @Override
    public boolean ofWholePath() {
        return true;
    }

    private static String text(ProblemCode code) {
        return switch (code) {
            case AUTHORIZATION_MISSING -> "unauthorized";
            case TOKEN_INVALID -> "Invalid session";
            case BAD_REQUEST, PARAMETER_INVALID, INVALID_JSON -> "Invalid request";
            case NOT_FOUND -> "record not found";
            case ARCHIVE_UNAVAILABLE -> "Chats cannot be read right now";
            default -> code.text();
        };
    }
}
