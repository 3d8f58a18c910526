package gptbroker.live;

import gptbroker.http.Exchange;
import gptbroker.identity.Caller;
import java.util.UUID;

/**
 * Begins the records of answers that can be resumed. The record's name holds its caller's id, so that nobody else's can be
 * found. Thread-safe.
 */
public final class Resumes {
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
        return new Outlet(exchange, head, beforeHead, () -> {
            exchange.header("Content-Location", StreamRoutes.location(exchange.id()));
            return new Recording(feed.record(topic(caller, exchange.id())), head);
        });
    }

    /** The client's side of an answer that ends when the client leaves. */
    public static Outlet cancelled(Exchange exchange, String contentType, Runnable beforeHead) {
        return new Outlet(exchange, new Recording.Head(contentType, ""), beforeHead, null);
    }

    static String topic(Caller caller, UUID id) {
        return "answer:" + caller.id() + ":" + id;
    }
}
