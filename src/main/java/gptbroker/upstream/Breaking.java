package gptbroker.upstream;

import gptbroker.problem.Problem;
import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import io.github.resilience4j.circuitbreaker.CircuitBreakerConfig;
import io.github.resilience4j.circuitbreaker.CircuitBreakerConfig.SlidingWindowType;
import java.time.Clock;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Stops asking a provider that mostly fails: open at half of at least 20 calls within 10 s, one probe each 5 s. A
 * stream counts as good with its first text, so that a probe does not last as long as its answer, and as bad when it
 * breaks, before or after.
 */
final class Breaking implements Upstream {
    private static final Duration PAUSE = Duration.ofSeconds(5);
    private static final int WINDOW_SECONDS = 10;
    private static final int FEWEST_CALLS = 20;
    private static final float HALF = 50;

    private final Upstream next;
    private final CircuitBreaker breaker;

    /** @param clock the wall clock; tests move it */
    Breaking(Upstream next, Clock clock) {
        this.next = next;
        this.breaker = CircuitBreaker.of(
                "upstream",
                CircuitBreakerConfig.custom()
                        .slidingWindowType(SlidingWindowType.TIME_BASED)
                        .slidingWindowSize(WINDOW_SECONDS)
                        .minimumNumberOfCalls(FEWEST_CALLS)
                        .failureRateThreshold(HALF)
                        .waitDurationInOpenState(PAUSE)
                        .permittedNumberOfCallsInHalfOpenState(1)
                        .writableStackTraceEnabled(false)
                        .clock(clock)
                        .currentTimestampFunction(Clock::millis, TimeUnit.MILLISECONDS)
                        .build());
    }

    @Override
    public Completion complete(Call call) {
        enter();
        try {
            Completion completion = next.complete(call);
            breaker.onSuccess(0, TimeUnit.NANOSECONDS);
            return completion;
        } catch (Throwable t) {
            failed(t);
            throw t;
        }
    }

    @Override
    public DeltaStream stream(Call call) {
        return guarded(verdict -> Watched.deltas(next.stream(call), verdict));
    }

    @Override
    public RawAnswer relay(RawCall call) {
        // A stranger with a key of his own must not be able to open the breaker for our callers.
        return call.foreign() ? next.relay(call) : guarded(verdict -> Watched.raw(next.relay(call), verdict));
    }

    private <T> T guarded(Function<Watched.Watcher, T> opening) {
        enter();
        try {
            return opening.apply(new Verdict());
        } catch (Throwable t) {
            failed(t);
            throw t;
        }
    }

    /** 0 closed, 1 half open, 2 open. */
    int stateAsNumber() {
        return switch (breaker.getState()) {
            case CLOSED, DISABLED, METRICS_ONLY -> 0;
            case HALF_OPEN -> 1;
            case OPEN, FORCED_OPEN -> 2;
        };
    }

    private void enter() {
        if (!breaker.tryAcquirePermission()) {
            throw Fault.of(Fault.Kind.UNAVAILABLE, "the breaker is open")
                    .problem()
                    .retryAfter(PAUSE);
        }
    }

    private void failed(Throwable thrown) {
        Fault fault = thrown instanceof Problem problem ? Fault.behind(problem) : null;
        switch (fault == null ? Fault.Blame.NOBODY : fault.kind().blame()) {
            case PROVIDER -> breaker.onError(0, TimeUnit.NANOSECONDS, thrown);
            case CALLER -> breaker.onSuccess(0, TimeUnit.NANOSECONDS);
            case NOBODY -> breaker.releasePermission();
        }
    }

    /** A stream's say in the matter; each permission is used up or given back once. */
    private final class Verdict implements Watched.Watcher {
        private final AtomicBoolean given = new AtomicBoolean();

        @Override
        public void began() {
            if (given.compareAndSet(false, true)) {
                breaker.onSuccess(0, TimeUnit.NANOSECONDS);
            }
        }

        @Override
        public void ended(@Nullable Problem failure) {
            if (failure == null) {
                began();
            } else if (given.compareAndSet(false, true)) {
                failed(failure);
            } else if (isProviders(failure)) {
                breaker.onError(0, TimeUnit.NANOSECONDS, failure);
            }
        }

        @Override
        public void closed() {
            if (given.compareAndSet(false, true)) {
                breaker.releasePermission();
            }
        }

        private boolean isProviders(Problem problem) {
            Fault fault = Fault.behind(problem);
            return fault != null && fault.kind().blame() == Fault.Blame.PROVIDER;
        }
    }
}
