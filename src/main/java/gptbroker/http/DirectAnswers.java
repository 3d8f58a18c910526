package gptbroker.http;

import gptbroker.problem.Problem;
import gptbroker.problem.ProblemCode;
import io.helidon.http.DirectHandler;
import io.helidon.http.HeaderNames;
import io.helidon.http.HeaderValues;
import io.helidon.http.ServerResponseHeaders;
import io.helidon.http.Status;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Answers what Helidon refuses while it parses, before the gate sees a request: malformed heads, long URIs, HTTP/1.0.
 * Helidon closes the connection afterwards. Its event types are vague and its messages quote input, so the status
 * alone decides.
 */
final class DirectAnswers implements DirectHandler {
    private static final byte[] VERSION_TEXT = bytes("HTTP/1.1 is required");
    private static final byte[] HEAD_TEXT = bytes("The request is malformed");

    private final Cors cors;
    private final RequestIds ids;
    private final @Nullable RequestMetrics metrics;

    DirectAnswers(Cors cors, RequestIds ids, @Nullable RequestMetrics metrics) {
        this.cors = cors;
        this.ids = ids;
        this.metrics = metrics;
    }

    @Override
    public TransportResponse handle(
            TransportRequest request, EventType type, Status refused, ServerResponseHeaders headers, String message) {
        String id = ids.next().toString();
        Answer answer = answer(request, refused.code());
        String method = Router.METHODS.contains(request.method()) ? request.method() : "other";
        if (metrics != null) {
            metrics.count(method, answer.status);
        }
        AccessLog.writeUnparsed(id, method, answer.status, answer.code.code());
        cors.apply(request.headers().all(HeaderNames.ORIGIN, List::of), headers);
        return TransportResponse.builder()
                .status(Status.create(answer.status))
                .headers(headers)
                .header(HeaderNames.CONTENT_TYPE, "application/json; charset=utf-8")
                .header(HeaderNames.create("X-Content-Type-Options"), "nosniff")
                .header(HeaderNames.create("X-Request-Id"), id)
                .header(HeaderNames.create("X-Error-Code"), answer.code.code())
                .header(HeaderValues.CONNECTION_CLOSE)
                .keepAlive(false)
                .entity(answer.body)
                .build();
    }

    private record Answer(int status, ProblemCode code, byte[] body) {
        static Answer of(ProblemCode code) {
            return new Answer(code.status(), code, Dialect.BARE.errorBody(Problem.of(code)));
        }
    }

    private static Answer answer(TransportRequest request, int refused) {
        return switch (refused) {
            case 413 -> Answer.of(ProblemCode.BODY_TOO_LARGE);
            case 414 -> Answer.of(ProblemCode.URI_TOO_LONG);
            case 501 -> new Answer(501, ProblemCode.BAD_REQUEST, HEAD_TEXT);
            case 503 -> Answer.of(ProblemCode.OVERLOADED);
            case 505 -> new Answer(505, ProblemCode.BAD_REQUEST, VERSION_TEXT);
            default ->
                request.headers().contains(HeaderNames.CONTENT_ENCODING)
                                && !request.headers().contains(HeaderNames.TRANSFER_ENCODING)
                        ? Answer.of(ProblemCode.MEDIA_TYPE_UNSUPPORTED)
                        // Also what Helidon calls an internal error here: it is the parser's exception.
                        : new Answer(400, ProblemCode.BAD_REQUEST, HEAD_TEXT);
        };
    }

    private static byte[] bytes(String text) {
        return ("{\"error\":" + Json.string(text) + "}").getBytes(java.nio.charset.StandardCharsets.UTF_8);
    }
}
