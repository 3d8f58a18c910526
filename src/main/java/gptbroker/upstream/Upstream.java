package gptbroker.upstream;

import gptbroker.problem.Problem;

/**
 * A language model. Implementations are thread-safe and block the calling (virtual) thread; decorators add retry,
 * breaker, bulkhead and deadlines.
 */
public interface Upstream {
    /**
     * Asks for a whole answer.
     *
     * @throws Problem {@code upstream_*}: mapped by the table of reliability design 2(d), never with upstream text
     */
    Completion complete(Call call);

    /**
     * Asks for a streamed answer; returns when the provider's response head is there.
     *
     * @throws Problem as {@link #complete}; failures after the head arrive as {@link Delta.Broken}
     */
    DeltaStream stream(Call call);

    /**
     * Passes a request on; returns when the response head is there. With our key the provider's 401, 403, 408, 429 and
     * 5xx are problems as in {@link #complete}, as is any refusal that speaks of keys; other statuses are answers.
     *
     * @throws Problem as {@link #complete}; failures after the head arrive as {@link Piece.Broken}
     */
    RawAnswer relay(RawCall call);
}
