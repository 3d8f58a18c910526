package gptbroker.upstream;

import gptbroker.ops.Meters;
import gptbroker.problem.Problem;
import io.helidon.metrics.api.Counter;
import io.helidon.metrics.api.Timer;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** Counts calls by outcome and faults by kind, and times whole calls and first texts. */
final class Metered implements Upstream {
    private final Upstream next;
    private final LongSupplier nanoTime;
    private final Counter done;
    private final Counter failed;
    private final Counter broken;
    private final Counter cancelled;
    private final Map<Fault.Kind, Counter> faults = new EnumMap<>(Fault.Kind.class);
    private final Timer firstText;
    private final Timer whole;

    Metered(Upstream next, Meters meters, LongSupplier nanoTime) {
        this.next = next;
        this.nanoTime = nanoTime;
        done = outcome(meters, "done");
        failed = outcome(meters, "failed");
        broken = outcome(meters, "broken");
        cancelled = outcome(meters, "cancelled");
        for (Fault.Kind kind : Fault.Kind.values()) {
            faults.put(
                    kind,
                    meters.counter(
                            "gpt_broker_upstream_errors_total",
                            "Calls of the provider that failed, by kind",
                            "class",
                            kind.label()));
        }
        firstText = meters.timer("gpt_broker_upstream_first_token_seconds", "Time to a stream's first text");
        whole = meters.timer("gpt_broker_upstream_call_seconds", "Time of a whole call that was answered");
    }

    @Override
    public Completion complete(Call call) {
        long started = nanoTime.getAsLong();
        try {
            Completion completion = next.complete(call);
            whole.record(nanoTime.getAsLong() - started, TimeUnit.NANOSECONDS);
            done.increment();
            return completion;
        } catch (Problem problem) {
            count(problem, failed);
            throw problem;
        }
    }

    @Override
    public DeltaStream stream(Call call) {
        return observed(observer -> Watched.deltas(next.stream(call), observer), true);
    }

    @Override
    public RawAnswer relay(RawCall call) {
        return observed(observer -> Watched.raw(next.relay(call), observer), false);
    }

    private <T> T observed(Function<Watched.Watcher, T> opening, boolean text) {
        Observer observer = new Observer(nanoTime.getAsLong(), text);
        try {
            return opening.apply(observer);
        } catch (Problem problem) {
            count(problem, failed);
            throw problem;
        }
    }

    private void count(Problem problem, Counter outcome) {
        Fault fault = Fault.behind(problem);
        Fault.Kind kind = fault == null ? Fault.Kind.LOST : fault.kind();
        if (kind == Fault.Kind.CANCELLED) {
            cancelled.increment();
        } else {
            outcome.increment();
            Objects.requireNonNull(faults.get(kind)).increment();
        }
    }

    private static Counter outcome(Meters meters, String outcome) {
        return meters.counter(
                "gpt_broker_upstream_calls_total", "Calls of the provider by outcome", "outcome", outcome);
    }

    private final class Observer implements Watched.Watcher {
        private final long started;
        private final boolean text;
        private final AtomicBoolean counted = new AtomicBoolean();

        Observer(long started, boolean text) {
            this.started = started;
            this.text = text;
        }

        @Override
        public void began() {
            if (text) {
                firstText.record(nanoTime.getAsLong() - started, TimeUnit.NANOSECONDS);
            }
        }

        @Override
        public void ended(@Nullable Problem failure) {
            if (!counted.compareAndSet(false, true)) {
                return;
            }
            if (failure != null) {
                count(failure, broken);
            } else {
                whole.record(nanoTime.getAsLong() - started, TimeUnit.NANOSECONDS);
                done.increment();
            }
        }

        @Override
        public void closed() {
            if (counted.compareAndSet(false, true)) {
                cancelled.increment();
            }
        }
    }
}
