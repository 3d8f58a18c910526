package gptbroker.live;

import gptbroker.http.Access;
import gptbroker.http.ClientGone;
import gptbroker.http.Dialect;
import gptbroker.http.Exchange;
import gptbroker.http.Parameters;
import gptbroker.http.Route;
import gptbroker.http.WebSocketHandshake;
import gptbroker.identity.Authenticator;
import gptbroker.identity.Caller;
import gptbroker.identity.OwnPages;
import gptbroker.identity.Realm;
import gptbroker.problem.Problem;
import gptbroker.problem.ProblemCode;
import gptbroker.store.StoreUnavailable;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * A topic as it happens, by SSE or WebSocket on one path: {@code GET} as {@code EventSource} asks, {@code POST} as
 * {@code curl -d} does. Thread-safe.
 */
public final class LiveRoutes {
    private static final Duration RETRY_AFTER = Duration.ofSeconds(2);

    private final Feed feed;
    private final Seats seats;
    private final Authenticator authenticator;
    private final Realm realm;
    private final Audience audience;
    private final OwnPages pages;
    private final boolean listsOrigins;
    private final Listening.Rhythm rhythm;
    private final InstantSource clock;

    /**
     * Streams for these readers.
     *
     * @param realm who may enter at all
     * @param audience whose topics they are
     * @param origins {@code CORS_ORIGINS}
     */
    public LiveRoutes(
            Feed feed,
            Seats seats,
            Authenticator authenticator,
            Realm realm,
            Audience audience,
            Set<String> origins,
            InstantSource clock) {
        this(feed, seats, authenticator, realm, audience, origins, clock, Listening.Rhythm.USUAL);
    }

    LiveRoutes(
            Feed feed,
            Seats seats,
            Authenticator authenticator,
            Realm realm,
            Audience audience,
            Set<String> origins,
            InstantSource clock,
            Listening.Rhythm rhythm) {
        this.feed = feed;
        this.seats = seats;
        this.authenticator = authenticator;
        this.realm = realm;
        this.audience = audience;
        this.pages = new OwnPages(origins);
        this.listsOrigins = !origins.isEmpty();
        this.clock = clock;
        this.rhythm = rhythm;
    }

    /** The routes of one path. */
    public List<Route> routes(String path, Dialect dialect) {
        return Stream.of("GET", "POST")
                .map(method -> new Route(method, path, Access.CALLER, dialect, this::handle))
                .toList();
    }

    /** The same for whoever has the admin key, on either listener. */
    public List<Route> forOperator(String path) {
        return List.of(new Route("GET", path, Access.ADMIN, Dialect.BARE, this::handle));
    }

    private void handle(Exchange exchange) throws ClientGone, InterruptedException {
        Optional<WebSocketHandshake> handshake =
                WebSocketHandshake.isAsked(exchange) ? Optional.of(WebSocketHandshake.of(exchange)) : Optional.empty();
        LiveCredential credential = LiveCredential.of(exchange);
        if (handshake.isPresent()) {
            requirePage(exchange);
        }
        Caller caller = authenticator.authenticate(credential::headers, realm);
        exchange.trace().callerId(caller.id());
        String topic = audience.enter(caller, exchange);
        Optional<FrameId> after = lastEvent(exchange);
        seats.take(caller.id());
        try (Subscription subscription = subscribe(topic, after)) {
            Line line = line(exchange, handshake, credential, subscription);
            if (!exchange.method().equals("HEAD")) {
                listen(exchange, caller, credential, subscription, line);
            }
        } finally {
            seats.leave(caller.id());
        }
    }

    /**
     * A browser asks no preflight for a WebSocket. Where origins are listed, only their pages and our own may open one;
     * else any page that has a token, as everywhere. Cookies are the resolver's to guard.
     */
    private void requirePage(Exchange exchange) {
        if (listsOrigins && !pages.allows(exchange::headers)) {
            throw Problem.of(ProblemCode.ACCESS_DENIED, "a foreign origin");
        }
    }

    private void listen(
            Exchange exchange, Caller caller, LiveCredential credential, Subscription subscription, Line line)
            throws ClientGone {
        try {
            exchange.openEnded();
            new Listening(subscription, line, caller, () -> again(credential, subscription.topic()), rhythm, clock)
                    .run();
        } catch (InterruptedException stopping) {
            exchange.lastWords();
            line.end(Line.End.STOPPING);
        }
    }

    private Caller again(LiveCredential credential, String topic) {
        Caller caller = authenticator.authenticate(credential::headers, realm);
        audience.require(caller, topic);
        return caller;
    }

    private static Line line(
            Exchange exchange,
            Optional<WebSocketHandshake> handshake,
            LiveCredential credential,
            Subscription subscription)
            throws ClientGone {
        if (handshake.isEmpty()) {
            return new SseLine(exchange);
        }
        boolean ids = !exchange.query("last_event_id").isEmpty();
        return new SocketLine(exchange.webSocket(handshake.get(), credential.protocol(), subscription::wake), ids);
    }

    private Subscription subscribe(String topic, Optional<FrameId> after) {
        try {
            return feed.subscribe(topic, after);
        } catch (StoreUnavailable away) {
            throw Problem.of(ProblemCode.OVERLOADED, away.getMessage()).retryAfter(RETRY_AFTER);
        }
    }

    /** An {@code EventSource} sends the header; what can set none has a parameter. Empty: only what is to come. */
    private static Optional<FrameId> lastEvent(Exchange exchange) {
        List<String> told = Stream.concat(
                        exchange.headers("Last-Event-ID").stream(), exchange.query("last_event_id").stream())
                .filter(id -> !id.isEmpty())
                .toList();
        if (told.isEmpty()) {
            return Optional.empty();
        }
        Optional<FrameId> id = told.size() == 1 ? FrameId.parse(told.getFirst()) : Optional.empty();
        return Optional.of(id.orElseThrow(() -> Parameters.invalid("Last-Event-ID")));
    }
}
