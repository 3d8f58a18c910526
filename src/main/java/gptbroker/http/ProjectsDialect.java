package gptbroker.http;

import gptbroker.problem.Problem;
import gptbroker.problem.ProblemCode;
import java.util.EnumSet;

/** {@code {"error":text}} as in seed S0.8: every bad credential is a bad key. */
final class ProjectsDialect implements Dialect {
    private final Dialect bodies = Dialect.broker(EnumSet.allOf(ProblemCode.class), ProjectsDialect::text);

    @Override
    public byte[] errorBody(Problem problem) {
        return bodies.errorBody(problem);
    }

    @Override
    public boolean ofWholePath() {
        return true;
    }

    private static String text(ProblemCode code) {
        return switch (code) {
            case AUTHORIZATION_MISSING, TOKEN_INVALID, NOT_SIGNED_IN -> "Invalid API key";
            case ACCESS_DENIED -> "This API key may not call this service";
            case NOT_FOUND -> "Not found";
            case METHOD_NOT_ALLOWED -> "Method not allowed";
            case INVALID_JSON -> "The request body is not valid JSON";
            case QUOTA_EXCEEDED -> "Today's requests are used up";
            case TOKEN_QUOTA_EXCEEDED -> "Today's tokens are used up";
            case COST_QUOTA_EXCEEDED -> "Today's budget is used up";
            case RATE_EXCEEDED -> "Too many requests within a minute";
            case CONCURRENCY_EXCEEDED -> "Too many requests at once";
            case ADDRESS_RATE_EXCEEDED -> "Too many requests from this address";
            default -> code.text();
        };
    }
}
