package gptbroker.openai;

import com.fasterxml.jackson.core.io.JsonStringEncoder;
import gptbroker.http.Dialect;
import gptbroker.problem.Problem;
import gptbroker.problem.ProblemCode;
import java.nio.charset.StandardCharsets;
import java.util.EnumMap;
import java.util.Map;

/**
 * OpenAI's error body, {@code {"error":{"message","type","param","code"}}}: its SDKs choose their error class by the
 * status and show the rest.
 */
final class Envelope implements Dialect {
    private final Map<ProblemCode, byte[]> bodies = new EnumMap<>(ProblemCode.class);

    Envelope() {
        for (ProblemCode code : ProblemCode.values()) {
            bodies.put(code, json(code).getBytes(StandardCharsets.UTF_8));
        }
    }

    @Override
    public byte[] errorBody(Problem problem) {
        return bodies.get(problem.code());
    }

    @Override
    public boolean ofWholePath() {
        return true;
    }

    /** The body as text, for an event of a stream. */
    static String json(ProblemCode code) {
        return "{\"error\":{\"message\":\""
                + new String(JsonStringEncoder.getInstance().quoteAsString(text(code))) + "\",\"type\":\"" + type(code)
                + "\",\"param\":null,\"code\":\"" + name(code) + "\"}}";
    }

    private static String type(ProblemCode code) {
        return switch (code) {
            case QUOTA_EXCEEDED, TOKEN_QUOTA_EXCEEDED, COST_QUOTA_EXCEEDED -> "insufficient_quota";
            case RATE_EXCEEDED, CONCURRENCY_EXCEEDED, ADDRESS_RATE_EXCEEDED -> "rate_limit_exceeded";
            case UPSTREAM_REJECTED -> "invalid_request_error";
            case UPSTREAM_TIMEOUT -> "timeout";
            default -> {
                if (code.isUpstream()) {
                    yield "upstream_error";
                }
                yield code.status() == 403
                        ? "permission_error"
                        : code.status() < 500 ? "invalid_request_error" : "server_error";
            }
        };
    }

    private static String name(ProblemCode code) {
        return switch (code) {
            case QUOTA_EXCEEDED, TOKEN_QUOTA_EXCEEDED, COST_QUOTA_EXCEEDED -> "insufficient_quota";
            case RATE_EXCEEDED, CONCURRENCY_EXCEEDED, ADDRESS_RATE_EXCEEDED -> "rate_limit_exceeded";
            case AUTHORIZATION_MISSING, TOKEN_INVALID, NOT_SIGNED_IN -> "invalid_api_key";
            default -> code.code();
        };
    }

    /** The seed's texts name the seed's endpoints; where they would mislead here, there are others. */
    private static String text(ProblemCode code) {
        return switch (code) {
            case QUOTA_EXCEEDED -> "You have used up today's requests.";
            case TOKEN_QUOTA_EXCEEDED -> "You do not have enough tokens left today for this call.";
            case COST_QUOTA_EXCEEDED -> "You do not have enough left of today's budget for this call.";
            case RATE_EXCEEDED -> "Too many requests within a minute.";
            case CONCURRENCY_EXCEEDED -> "Too many requests at once.";
            case ADDRESS_RATE_EXCEEDED -> "Too many requests from this address.";
            case INVALID_JSON -> "The request body is not valid JSON.";
            case MODEL_UNKNOWN -> "The model is not served here.";
            default -> code.text();
        };
    }
}
