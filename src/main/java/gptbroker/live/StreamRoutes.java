package gptbroker.live;

import gptbroker.admission.Admission;
import gptbroker.http.Access;
import gptbroker.http.ClientGone;
import gptbroker.http.Dialect;
import gptbroker.http.Exchange;
import gptbroker.http.Parameters;
import gptbroker.http.Route;
import gptbroker.identity.Authenticator;
import gptbroker.identity.Caller;
import gptbroker.identity.Realm;
import gptbroker.live.Heard.Frame;
import gptbroker.problem.Problem;
import gptbroker.problem.ProblemCode;
import gptbroker.store.StoreUnavailable;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * {@code GET /streams/{id}}: an answer that is drained, from its beginning or from the frame after
 * {@code Last-Event-ID}, on any replica, while it runs and for some minutes after. The id is the {@code X-Request-Id} of
 * the answer. Costs no unit. Thread-safe.
 */
public final class StreamRoutes {
    private static final String PATH = "/streams/";
    private static final Pattern NUMBER = Pattern.compile("\\d{1,9}");
    private static final Duration RETRY_AFTER = Duration.ofSeconds(2);
    private static final Dialect DIALECT = Dialect.broker(
            EnumSet.allOf(ProblemCode.class), code -> code == ProblemCode.NOT_FOUND ? "No such stream" : code.text());

    private final Feed feed;
    private final Seats seats;
    private final Authenticator authenticator;
    private final Admission admission;

    /** Joins the steps. */
    public StreamRoutes(Feed feed, Seats seats, Authenticator authenticator, Admission admission) {
        this.feed = feed;
        this.seats = seats;
        this.authenticator = authenticator;
        this.admission = admission;
    }

    /** Whoever may ask at {@code /v1} or a prompt's endpoint may come here. */
    public List<Route> routes() {
        return List.of(new Route("GET", PATH + "{id}", Access.CALLER, DIALECT, this::handle));
    }

    static String location(UUID id) {
        return PATH + id;
    }

    private void handle(Exchange exchange) throws ClientGone, InterruptedException {
        Caller caller = authenticator.authenticate(exchange::headers, Realm.V1);
        exchange.trace().callerId(caller.id());
        UUID id = Parameters.pathId(exchange, "id");
        long after = lastFrame(exchange);
        String topic = Resumes.topic(caller, id);
        try {
            Recording.Head head = head(topic);
            seats.take(caller.id());
            try (Subscription subscription = feed.subscribe(topic, Optional.of(start(topic, after)))) {
                new Replay(subscription, head, after, () -> admission.underWay(caller, id)).run(exchange);
            } finally {
                seats.leave(caller.id());
            }
        } catch (StoreUnavailable away) {
            throw Problem.of(ProblemCode.OVERLOADED, away.getMessage()).retryAfter(RETRY_AFTER);
        }
    }

    private Recording.Head head(String topic) {
        return feed.oldest(topic)
                .filter(entry -> Recording.Kind.of(entry.body()).equals(Optional.of(Recording.Kind.HEAD)))
                .map(entry -> new String(entry.body(), 1, entry.body().length - 1, StandardCharsets.UTF_8))
                .map(Recording.Head::of)
                .orElseThrow(() -> Problem.of(ProblemCode.NOT_FOUND, "no such stream of this caller"));
    }

    /**
     * Before the newest entry in any case: it may be the end, which must not be missed by a client that was ahead of the
     * record.
     */
    private FrameId start(String topic, long after) {
        long newest = feed.newest(topic).map(Frame::id).map(FrameId::number).orElse(1L);
        long from = Math.min(after + 1, newest - 1);
        return from <= 0 ? FrameId.START : FrameId.ofRecord(from);
    }

    private static long lastFrame(Exchange exchange) {
        List<String> told = Stream.concat(
                        exchange.headers("Last-Event-ID").stream(), exchange.query("last_event_id").stream())
                .filter(number -> !number.isEmpty())
                .toList();
        if (told.isEmpty()) {
            return 0;
        }
        if (told.size() > 1 || !NUMBER.matcher(told.getFirst()).matches()) {
            throw Parameters.invalid("Last-Event-ID");
        }
        return Long.parseLong(told.getFirst());
    }
}
