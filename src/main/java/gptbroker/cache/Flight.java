package gptbroker.cache;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** One call under way that others wait for. Thread-safe. */
final class Flight {
    /** How it ended for those who wait. */
    sealed interface Landing {
        /** With an answer for all. */
        record Arrived(Stored stored) implements Landing {}

        /** With an answer that is nobody else's. */
        record Unfit() implements Landing {}

        /** Without an answer. */
        record Lost() implements Landing {}

        /** Not in time. */
        record Late() implements Landing {}
    }

    private final CompletableFuture<Landing> end = new CompletableFuture<>();

    /** Only the first end counts. */
    void land(Landing landing) {
        end.complete(landing);
    }

    /** Waits until then at most. */
    Landing await(long deadlineNanos) throws InterruptedException {
        try {
            return end.get(Math.max(0, deadlineNanos - System.nanoTime()), TimeUnit.NANOSECONDS);
        } catch (TimeoutException late) {
            return new Landing.Late();
        } catch (ExecutionException impossible) {
            throw new IllegalStateException(impossible);
        }
    }
}
