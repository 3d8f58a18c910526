package gptbroker.http;

import gptbroker.config.BrokerConfig;
import gptbroker.problem.Problem;
import gptbroker.problem.ProblemCode;
import io.helidon.http.Header;
import io.helidon.http.HeaderNames;
import io.helidon.http.HeaderValues;
import io.helidon.webserver.CloseConnectionException;
import io.helidon.webserver.http.Filter;
import io.helidon.webserver.http.FilterChain;
import io.helidon.webserver.http.RoutingRequest;
import io.helidon.webserver.http.RoutingResponse;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The outermost filter of a listener, and its only routing: everything that Helidon has parsed passes here.
 *
 * <p>Its framing rules are a defence, not a taste: Helidon 4.5 parses what is left unread of a body as the next
 * request, keeps connections open that it said it would close, and reads chunks loosely. So chunked requests are
 * refused, a body is read whole or drained whole, whatever was read in part ends the connection, and
 * {@code Connection: close} is sent exactly where the connection is ended from here.
 */
final class Gate implements Filter {
    private static final Logger LOG = LoggerFactory.getLogger(Gate.class);
    private static final Header NOSNIFF = HeaderValues.createCached("X-Content-Type-Options", "nosniff");

    private final BrokerConfig.Listen limits;
    private final Dispatcher dispatcher;
    private final Cors cors;
    private final ClientAddress clientAddress;
    private final RequestIds ids;
    private final HeadDeadline heads;
    private final Room room;
    private final @Nullable RequestMetrics metrics;
    private final RequestObserver observer;

    Gate(
            BrokerConfig.Listen limits,
            Room room,
            Dispatcher dispatcher,
            Cors cors,
            ClientAddress clientAddress,
            RequestIds ids,
            HeadDeadline heads,
            @Nullable RequestMetrics metrics,
            RequestObserver observer) {
        this.limits = limits;
        this.dispatcher = dispatcher;
        this.cors = cors;
        this.clientAddress = clientAddress;
        this.ids = ids;
        this.heads = heads;
        this.room = room;
        this.metrics = metrics;
        this.observer = observer;
    }

    @Override
    public void filter(FilterChain chain, RoutingRequest request, RoutingResponse response) {
        long start = System.nanoTime();
        try (Deadline deadline = heads.watch(limits.requestTimeout())) {
            Exchange x = new Exchange(
                    ids.next(), start, client(request), limits, room, request, response, deadline, heads.connection());
            boolean last = endsConnection(x);
            if (last) {
                response.header(HeaderValues.CONNECTION_CLOSE);
            }
            boolean intact = answerAndRecord(x, response);
            if (intact && !x.reply().switched()) {
                RequestBody.drain(request, deadline, limits);
            }
            if (!intact || last || x.reply().isLast() || x.reply().switched()) {
                throw new CloseConnectionException("connection ends after " + x.id());
            }
        }
    }

    /** Whether the connection is in a state to carry on. */
    private boolean answerAndRecord(Exchange x, RoutingResponse response) {
        if (metrics != null) {
            metrics.begun();
        }
        boolean intact = false;
        try {
            response.header(NOSNIFF);
            response.header("X-Request-Id", x.id().toString());
            cors.apply(x.headers("origin"), response.headers());
            intact = answer(x, response);
        } finally {
            record(x, intact);
        }
        return intact;
    }

    private boolean answer(Exchange x, RoutingResponse response) {
        try {
            admit(x, response);
            if (!x.committed()) {
                throw new IllegalStateException("the handler sent nothing");
            }
            x.reply().finish();
            return true;
        } catch (CloseConnectionException partialBody) {
            return false;
        } catch (ClientGone e) {
            return false;
        } catch (Throwable e) {
            // Errors too: one that passes here would leave a body unread and a request uncounted.
            return refuse(x, problem(x, e), response);
        }
    }

    /** Refuses what must not be read or served at all, then dispatches while there is room. */
    private void admit(Exchange x, RoutingResponse response) throws Exception {
        if (!x.headers("transfer-encoding").isEmpty()) {
            throw Problem.of(ProblemCode.LENGTH_REQUIRED);
        }
        if (!room.enter()) {
            throw Exchange.overloaded();
        }
        try {
            if (x.contentLength() > limits.maxBody()) {
                throw Problem.of(ProblemCode.BODY_TOO_LARGE);
            }
            if (!x.headers("content-encoding").isEmpty()) {
                throw Problem.of(ProblemCode.MEDIA_TYPE_UNSUPPORTED);
            }
            dispatcher.dispatch(x, response.headers());
        } finally {
            room.forget(x.heldBody());
            room.leave();
        }
    }

    /** What the client is told about a failure; what is not a {@link Problem} is logged, without its message. */
    private static Problem problem(Exchange x, Throwable failure) {
        if (failure instanceof Problem problem) {
            return problem;
        }
        Optional<ProblemCode> interruption = x.interruption();
        if (interruption.isPresent()) {
            return Problem.of(interruption.get(), "interrupted by the broker", failure);
        }
        if (failure instanceof InterruptedException) {
            return Problem.of(ProblemCode.DRAINING, "interrupted", failure);
        }
        LOG.error("request {} failed: {}", x.id(), Failures.describe(failure));
        return Problem.of(ProblemCode.INTERNAL, "unexpected", failure);
    }

    /** Sends the error, unless an answer has begun: then only a broken connection tells the client. */
    private boolean refuse(Exchange x, Problem problem, RoutingResponse response) {
        x.trace().problem(problem.code());
        boolean detailed = !problem.code().code().equals(problem.getMessage());
        if (detailed && problem.code().status() >= 500 && problem.code() != ProblemCode.INTERNAL) {
            LOG.warn("request {} {}: {}", x.id(), problem.code().code(), problem.getMessage());
        }
        if (detailed && problem.code() == ProblemCode.TOKEN_INVALID) {
            x.trace().reason(problem.getMessage());
        }
        if (x.committed()) {
            return false;
        }
        try {
            x.deadline().pardon();
            Route route = x.routeOrNull();
            Dialect dialect = route == null ? dispatcher.dialectOf(x.rawPath()) : route.dialect();
            response.header("X-Error-Code", problem.code().code());
            problem.retryAfter().ifPresent(delay -> response.header(HeaderNames.RETRY_AFTER, seconds(delay)));
            x.send(dialect.status(problem), "application/json; charset=utf-8", dialect.errorBody(problem));
            return true;
        } catch (ClientGone e) {
            return false;
        }
    }

    private void record(Exchange x, boolean intact) {
        long nanos = System.nanoTime() - x.startNanos();
        Trace trace = x.trace();
        if (!intact && trace.outcome == null) {
            trace.outcome(trace.problem == null ? "client_gone" : "broken_off");
        }
        // Nothing was sent: 408 when the body was too slow, else 499 as proxies log a client that left.
        int status =
                x.reply().status() != 0 ? x.reply().status() : trace.problem == ProblemCode.BODY_TIMEOUT ? 408 : 499;
        if (metrics != null) {
            abortSide(x, intact).ifPresent(metrics::aborted);
            metrics.ended(x, status, nanos);
        }
        Route route = x.routeOrNull();
        if (route != null) {
            observer.ended(x, status, nanos);
        }
        if (status >= 400 || route == null || route.access() != Access.OPERATOR) {
            AccessLog.write(x, status, nanos);
        }
    }

    private static Optional<String> abortSide(Exchange x, boolean intact) {
        Deadline.Cause cause = x.deadline().cause();
        if (cause != null) {
            boolean ours = cause == Deadline.Cause.TOTAL || cause == Deadline.Cause.DRAIN;
            return Optional.of(ours ? "broker" : "client");
        }
        if ("partial_upstream".equals(x.trace().outcome)) {
            return Optional.of("upstream");
        }
        if (intact) {
            return Optional.empty();
        }
        return Optional.of(x.trace().problem == null ? "client" : "broker");
    }

    private String client(RoutingRequest request) {
        InetAddress peer = request.remotePeer().address() instanceof InetSocketAddress address
                ? address.getAddress()
                : InetAddress.getLoopbackAddress();
        return clientAddress.of(peer, request.headers().all(HeaderNames.X_FORWARDED_FOR, List::of));
    }

    /** After a body that is not taken: no chunk reader's view of an end is trusted. And where the client asks for it. */
    private boolean endsConnection(Exchange x) {
        return !x.headers("transfer-encoding").isEmpty()
                || x.contentLength() > limits.maxBody()
                || x.headers("connection").stream()
                        .anyMatch(value -> value.toLowerCase(Locale.ROOT).contains("close"));
    }

    private static String seconds(Duration delay) {
        return Long.toString(Math.max(1, delay.plusNanos(999_999_999).toSeconds()));
    }
}
