package gptbroker.archive;

import java.time.Duration;

/** Pauses between attempts: 100 ms, doubling to 4 s. */
final class Backoff {
    private static final long FIRST_MILLIS = 100;
    private static final int DOUBLINGS = 5;
    private static final long MAX_MILLIS = 4_000;

    private int attempts;

    /** How often in a row it failed. */
    int attempts() {
        return attempts;
    }

    Duration next() {
        long millis = Math.min(MAX_MILLIS, FIRST_MILLIS << Math.min(attempts, DOUBLINGS + 1));
        attempts++;
        return Duration.ofMillis(millis);
    }

    void reset() {
        attempts = 0;
    }
}
