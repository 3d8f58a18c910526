package gptbroker.live;

import gptbroker.http.Exchange;
import gptbroker.identity.Caller;
import gptbroker.store.StoreUnavailable;
import java.util.Optional;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Begins the records of answers that can be resumed. The record's name holds its caller's id, so that nobody else's can be
 * found. Thread-safe.
 */
public final class Resumes {
    private static final Logger LOG = LoggerFactory.getLogger(Resumes.class);

    private final Feed feed;

    /** Records into this feed. */
    public Resumes(Feed feed) {
        this.feed = feed;
    }

    /**
     * The client's side of an answer that is read on, and recorded, when the client has left.
     *
     * @param beforeHead what else is to be done before the head is sent
     */
    public Outlet drained(Exchange exchange, Caller caller, Recording.Head head, Runnable beforeHead) {
        return new Outlet(exchange, head, beforeHead, () -> record(exchange, caller, head));
    }

    /** Announced when it can be found; while Redis is away there is none, and the answer is drained all the same. */
    private Optional<Recording> record(Exchange exchange, Caller caller, Recording.Head head) {
        try {
            Recording begun = Recording.begin(feed, caller.id(), topic(caller, exchange.id()), head);
            exchange.header("Content-Location", StreamRoutes.location(exchange.id()));
            return Optional.of(begun);
        } catch (StoreUnavailable away) {
            LOG.debug("an answer is not recorded: {}", away.getMessage());
            return Optional.empty();
        }
    }

    /**
     * Forgets all records of a caller; what is still being answered is not recorded any further.
     *
     * @throws gptbroker.problem.Problem 503 {@code overloaded} when Redis does not answer
     */
    public void erase(String callerId) {
        feed.eraseRecords(callerId);
    }

    /** The client's side of an answer that ends when the client leaves. */
    public static Outlet cancelled(Exchange exchange, String contentType, Runnable beforeHead) {
        return new Outlet(exchange, new Recording.Head(contentType, ""), beforeHead, null);
    }

    static String topic(Caller caller, UUID id) {
        return "answer:" + caller.id() + ":" + id;
    }
}
