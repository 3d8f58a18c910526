package gptbroker.http;

import gptbroker.config.BrokerConfig;
import gptbroker.problem.ProblemCode;
import io.helidon.webserver.CloseConnectionException;
import io.helidon.webserver.http.RoutingRequest;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;

/**
 * Reads request bodies whole or not at all. What Helidon leaves unread on a connection it parses as the next request,
 * so after a partial read the connection must end without an answer.
 */
final class RequestBody {
    /** How long, and how much, a refused body may still come in before the connection is cut. */
    private static final Duration LINGER = Duration.ofSeconds(2);

    private RequestBody() {}

    /** The whole body within the body timeout; the gate has already refused what is larger than allowed. */
    static byte[] read(RoutingRequest request, Deadline deadline, BrokerConfig.Listen limits, Trace trace) {
        if (!request.content().hasEntity()) {
            return new byte[0];
        }
        deadline.enter(Deadline.Cause.BODY, limits.bodyTimeout());
        try (InputStream in = request.content().inputStream()) {
            byte[] body = in.readNBytes(limits.maxBody() + 1);
            if (body.length != request.headers().contentLength().orElse(0)) {
                throw new IOException("body ended early");
            }
            return body;
        } catch (IOException | RuntimeException e) {
            trace.outcome("client_gone");
            if (deadline.cause() == Deadline.Cause.BODY) {
                trace.problem(ProblemCode.BODY_TIMEOUT);
            }
            throw new CloseConnectionException("partial request body", e);
        } finally {
            deadline.leave();
        }
    }

    /** Reads and forgets the body of a request that was answered without it, so that the connection stays usable. */
    static void drain(RoutingRequest request, Deadline deadline, BrokerConfig.Listen limits) {
        if (request.content().consumed() || !request.content().hasEntity()) {
            return;
        }
        Duration limit = limits.bodyTimeout().compareTo(LINGER) < 0 ? limits.bodyTimeout() : LINGER;
        deadline.enter(Deadline.Cause.BODY, limit);
        try (InputStream in = request.content().inputStream()) {
            long left = limits.maxBody();
            byte[] sink = new byte[8192];
            for (int read = 0; read >= 0; left -= read) {
                if (left < 0) {
                    throw new CloseConnectionException("refused body too large to drain");
                }
                read = in.read(sink);
            }
        } catch (IOException | RuntimeException e) {
            throw new CloseConnectionException("could not drain the body", e);
        } finally {
            deadline.leave();
        }
    }
}
