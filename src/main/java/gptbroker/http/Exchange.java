package gptbroker.http;

import gptbroker.config.BrokerConfig;
import gptbroker.problem.Problem;
import gptbroker.problem.ProblemCode;
import io.helidon.http.Header;
import io.helidon.http.HeaderNames;
import io.helidon.webserver.CloseConnectionException;
import io.helidon.webserver.ConnectionContext;
import io.helidon.webserver.http.RoutingRequest;
import io.helidon.webserver.http.RoutingResponse;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.BiConsumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * One request and its answer, as a handler sees them. Used by the request's thread alone.
 *
 * <p>An answer is sent once, whole by {@link #send} or in pieces by {@link #stream}.
 */
public final class Exchange implements Occasion {
    /** Long for a look, which costs a connection, and short beside what a model takes that nobody waits for. */
    private static final Duration ATTENTION = Duration.ofSeconds(3);

    private final UUID id;
    private final long startNanos;
    private final String clientAddress;
    private final BrokerConfig.Listen limits;
    private final Room room;
    private final RoutingRequest request;
    private final Reply reply;
    private final Deadline deadline;
    private final ConnectionContext connection;
    private final Trace trace = new Trace();
    private Router.@Nullable Match match;
    private @Nullable Map<String, List<String>> query;
    private byte @Nullable [] body;
    private long heldBody;

    Exchange(
            UUID id,
            long startNanos,
            String clientAddress,
            BrokerConfig.Listen limits,
            Room room,
            RoutingRequest request,
            RoutingResponse response,
            Deadline deadline,
            ConnectionContext connection) {
        this.id = id;
        this.startNanos = startNanos;
        this.clientAddress = clientAddress;
        this.limits = limits;
        this.room = room;
        this.request = request;
        this.deadline = deadline;
        this.connection = connection;
        this.reply = new Reply(response, deadline, limits.writeTimeout(), method().equals("HEAD"));
    }

    /** Our id of this request, a UUIDv7 that rises within this process; also sent as {@code X-Request-Id}. */
    @Override
    public UUID id() {
        return id;
    }

    /** {@link System#nanoTime} when the request's head had arrived. */
    @Override
    public long startNanos() {
        return startNanos;
    }

    /** The method as the client sent it, upper case. */
    public String method() {
        return request.prologue().method().text();
    }

    /** The route that matched. */
    public Route route() {
        return requireMatch().route();
    }

    /**
     * The decoded value of a {@code {name}} segment; {@code *} gives the undecoded rest.
     *
     * @throws IllegalArgumentException when the route has no such segment
     */
    public String pathParameter(String name) {
        String value = requireMatch().parameters().get(name);
        if (value == null) {
            throw new IllegalArgumentException("the route has no segment " + name);
        }
        return value;
    }

    /** All values of a request header, one a line as they came; empty when absent. */
    public List<String> headers(String name) {
        return request.headers().all(HeaderNames.create(name), List::of);
    }

    /** Every line of the request's head as it came: name and value. */
    public void eachHeader(BiConsumer<String, String> line) {
        for (Header header : request.headers()) {
            header.allValues().forEach(value -> line.accept(header.name(), value));
        }
    }

    /** The query as it came, without question mark; empty when there is none. */
    public String rawQuery() {
        return request.prologue().query().rawValue();
    }

    /**
     * All decoded values of a query parameter; empty when absent.
     *
     * @throws Problem 400 when the query is malformed
     */
    public List<String> query(String name) {
        return parsedQuery().getOrDefault(name, List.of());
    }

    /** Who connected: a trusted proxy's word for it, else the peer; a literal IP address. */
    public String clientAddress() {
        return clientAddress;
    }

    /** What limits by address count by: an IPv4 address, or the network of an IPv6 one. */
    public String clientNetwork() {
        return ClientAddress.network(clientAddress);
    }

    /**
     * The whole body, at most {@code MAX_BODY_BYTES}; empty when there is none. Repeated calls give the same array.
     *
     * @throws Problem 503 {@code overloaded} when the bodies of other requests fill the memory
     * @throws CloseConnectionException when the body does not arrive whole and in time: what is left of it must not be
     *     taken for a request, so there is no answer; let it pass
     */
    public byte[] body() {
        if (body == null) {
            holdBody();
            body = RequestBody.read(request, deadline, limits, trace);
        }
        return body;
    }

    /**
     * Sets a response header.
     *
     * @throws IllegalArgumentException when the value holds a control character or anything outside Latin-1
     * @throws IllegalStateException after the answer has begun
     */
    @Override
    public void header(String name, String value) {
        reply.header(name, value);
    }

    /** Adds a line of a response header that may have several; otherwise as {@link #header}. */
    public void addHeader(String name, String value) {
        reply.addHeader(name, value);
    }

    /**
     * Sends the whole answer; for {@code HEAD} only its headers.
     *
     * @throws ClientGone when it cannot be written
     * @throws IllegalStateException when an answer has begun already
     */
    public void send(int status, String contentType, byte[] body) throws ClientGone {
        answer().send(status, contentType, body);
    }

    /** Sends an answer without a body: 204, or 200 with length 0. */
    public void send(int status) throws ClientGone {
        answer().send(status);
    }

    /**
     * Begins an answer of unknown length: each flush is one chunk on the wire, and the headers leave with the first
     * one. A write fails with {@link ClientGone} when the client has left or has not read for the write timeout.
     * Closing is optional; an answer whose handler throws is broken off without its end.
     *
     * @throws IllegalStateException when an answer has begun already
     */
    public AnswerStream stream(int status, String contentType) {
        return answer().stream(status, contentType);
    }

    /**
     * Switches to a WebSocket; the connection ends with the handler.
     *
     * @param protocol the subprotocol chosen, one of those offered; empty for none
     * @param news called by another thread when {@link WebSocket#tend} has something to do; must be quick
     * @throws ClientGone when the client has left
     * @throws IllegalStateException when an answer has begun, or the request does not ask for it
     */
    public WebSocket webSocket(WebSocketHandshake handshake, String protocol, Runnable news) throws ClientGone {
        return reply.webSocket(connection, handshake.answer(protocol, id.toString()), news);
    }

    /**
     * For answers that have no end of their own: the request's total time does not count any more, and a broker that
     * stops interrupts them first of all.
     */
    public void openEnded() {
        deadline.openEnded();
    }

    /** Whether an answer has begun; from then on errors must be told inside it. */
    public boolean committed() {
        return reply.committed();
    }

    @Override
    public void lastWords() {
        deadline.spare();
    }

    @Override
    public Optional<ProblemCode> interruption() {
        return deadline.interruption();
    }

    /**
     * After {@link ClientGone}: goes on without the client, until the request's total time is over or the broker stops.
     * False when one of these was why the write failed.
     */
    public boolean goOnAlone() {
        return deadline.resume();
    }

    /**
     * Ends the connection after this answer: for a handler that goes on after it has sent it whole, so that no client
     * waits behind it with the next request. To be called before the answer begins.
     */
    public void endConnection() {
        reply.endConnection();
    }

    /**
     * Waits for somebody else, and notices a client that leaves meanwhile: after some seconds it is looked for, which
     * costs the connection its next request. One that has closed only its own direction is there. For a request whose
     * body has been read, and before the answer has begun.
     *
     * @throws ClientGone when it has left; the wait was interrupted then
     */
    public <T> T attend(Supplier<T> wait) throws ClientGone {
        var departure = new Departure(connection, deadline);
        deadline.lookAfter(ATTENTION, departure);
        try {
            return wait.get();
        } catch (RuntimeException failed) {
            if (deadline.cause() == Deadline.Cause.DEPARTURE) {
                throw new ClientGone(failed);
            }
            throw failed;
        } finally {
            if (departure.end()) {
                reply.endConnection();
            }
            deadline.lookedEnough();
        }
    }

    /** What the handler found out, for log and metrics. */
    @Override
    public Trace trace() {
        return trace;
    }

    void match(Router.Match found) {
        match = found;
    }

    @Nullable
    Route routeOrNull() {
        return match == null ? null : match.route();
    }

    String rawPath() {
        return request.prologue().uriPath().rawPath();
    }

    long contentLength() {
        return request.headers().contentLength().orElse(0);
    }

    /** The bytes of its body that take room. */
    long heldBody() {
        return heldBody;
    }

    private void holdBody() {
        if (!room.hold(contentLength())) {
            throw overloaded();
        }
        heldBody = contentLength();
    }

    /** What is told to one too many; not all are to come back at once. */
    static Problem overloaded() {
        Duration delay = Duration.ofSeconds(ThreadLocalRandom.current().nextInt(1, 4));
        return Problem.of(ProblemCode.OVERLOADED).retryAfter(delay);
    }

    /** The answer's side, for the listener. */
    Reply reply() {
        return reply;
    }

    Deadline deadline() {
        return deadline;
    }

    /** What only its caller may see is kept nowhere on the way, unless the handler says otherwise. */
    private Reply answer() {
        Route route = routeOrNull();
        if (route != null && route.access() != Access.OPEN) {
            reply.headerIfAbsent(HeaderNames.CACHE_CONTROL, "private, no-store");
        }
        return reply;
    }

    private Router.Match requireMatch() {
        if (match == null) {
            throw new IllegalStateException("no route has matched yet");
        }
        return match;
    }

    private Map<String, List<String>> parsedQuery() {
        if (query == null) {
            query = Query.parse(request.prologue().query().rawValue());
        }
        return query;
    }
}
