package gptbroker.http;

import gptbroker.problem.Problem;

/** Answers one request. Runs on the connection's virtual thread and may block; instances are shared, so stateless. */
@FunctionalInterface
public interface Handler {
    /**
     * Sends exactly one answer through {@code x}.
     *
     * @throws Problem to be answered in the route's dialect, as long as nothing has been sent
     * @throws ClientGone when a write shows that the client has left
     * @throws InterruptedException when the broker ends the request; {@link Exchange#interruption()} says why
     * @throws Exception anything else is a 500 without details
     */
    void handle(Exchange x) throws Exception;
}
