package gptbroker.http;

/** Told of every request of the public listener that had a route, when it has ended. Thread-safe, quick, never throws. */
@FunctionalInterface
public interface RequestObserver {
    /** Looks at nothing. */
    RequestObserver NONE = (exchange, status, nanos) -> {};

    /**
     * One request.
     *
     * @param exchange only to be looked at, and only during the call
     * @param status as in the access log: 499 for a client that left before its answer
     * @param nanos how long it took
     */
    void ended(Exchange exchange, int status, long nanos);
}
