package gptbroker.upstream;

import gptbroker.ops.Meters;
import gptbroker.problem.Problem;
import io.helidon.metrics.api.Counter;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;

/**
 * Asks once more when that is safe and affordable: nothing of an answer was made or seen, the provider wants it within
 * two seconds, and the {@link RetryBudget} allows it. Never after a read time-out, which may have been paid for.
 */
final class Retrying implements Upstream {
    /** Waits; a test does not. */
    @FunctionalInterface
    interface Sleeper {
        void sleep(Duration time) throws InterruptedException;
    }

    private static final int SHORTEST_MS = 50;
    private static final int LONGEST_MS = 250;

    private final Upstream next;
    private final RetryBudget budget = new RetryBudget();
    private final Sleeper sleeper;
    private final RandomGenerator random;
    private final Counter retries;

    Retrying(Upstream next, Meters meters, Sleeper sleeper, RandomGenerator random) {
        this.next = next;
        this.sleeper = sleeper;
        this.random = random;
        this.retries = meters.counter("gpt_broker_upstream_retries_total", "Second tries at the provider");
    }

    @Override
    public Completion complete(Call call) {
        return twice(() -> next.complete(call));
    }

    @Override
    public DeltaStream stream(Call call) {
        return twice(() -> next.stream(call));
    }

    @Override
    public RawAnswer relay(RawCall call) {
        // Asked twice, an upload would be there twice; and who brings a key of his own repeats for himself.
        boolean repeatable = call.method().equals("GET") || !call.model().isEmpty();
        return repeatable && !call.foreign() ? twice(() -> next.relay(call)) : next.relay(call);
    }

    private <T> T twice(Supplier<T> attempt) {
        budget.earn();
        try {
            return attempt.get();
        } catch (Problem problem) {
            Fault fault = Fault.behind(problem);
            if (fault == null || !fault.isRetryable() || !budget.spend()) {
                throw problem;
            }
            pause(fault.delay());
        }
        retries.increment();
        return attempt.get();
    }

    private void pause(Optional<Duration> askedFor) {
        Duration jitter = Duration.ofMillis(random.nextInt(SHORTEST_MS, LONGEST_MS + 1));
        try {
            sleeper.sleep(askedFor.orElse(Duration.ZERO).plus(jitter));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw Faults.cancelled();
        }
    }
}
