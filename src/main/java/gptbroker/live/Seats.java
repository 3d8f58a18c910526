package gptbroker.live;

import gptbroker.problem.Problem;
import gptbroker.problem.ProblemCode;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;

/**
 * How many may listen at once: each holds a connection and a request's place for as long as it likes, so there are fewer
 * than requests, and only some for one caller. Thread-safe.
 */
public final class Seats {
    private static final Duration RETRY_AFTER = Duration.ofSeconds(5);

    private final Semaphore all;
    private final int perCaller;
    private final Map<String, Integer> taken = new ConcurrentHashMap<>();

    /**
     * Counts in this process.
     *
     * @param all {@code LIVE_STREAMS}
     * @param perCaller {@code LIVE_STREAMS_PER_USER}
     */
    public Seats(int all, int perCaller) {
        this.all = new Semaphore(all);
        this.perCaller = perCaller;
    }

    /**
     * Takes a seat, which must be left.
     *
     * @throws Problem 429 {@code concurrency_exceeded} for a caller with too many, 503 {@code overloaded}
     */
    void take(String callerId) {
        if (!all.tryAcquire()) {
            throw Problem.of(ProblemCode.OVERLOADED).retryAfter(RETRY_AFTER);
        }
        if (taken.merge(callerId, 1, Integer::sum) > perCaller) {
            leave(callerId);
            throw Problem.of(ProblemCode.CONCURRENCY_EXCEEDED).retryAfter(RETRY_AFTER);
        }
    }

    void leave(String callerId) {
        taken.computeIfPresent(callerId, (id, seats) -> seats == 1 ? null : seats - 1);
        all.release();
    }
}
