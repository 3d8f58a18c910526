package gptbroker.probe.load;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * Runs a schedule with a bounded number of workers, a virtual thread and a connection each.
 *
 * <p>Workers take the next slot and wait for its time; when all are busy, slots fall behind, and their latency still
 * counts from when they were meant to start. Thus a slow target cannot slow its own measurement down ("coordinated
 * omission"), and no queue grows here.
 */
final class Generator {
    private final Schedule schedule;
    private final Supplier<Caller> callers;
    private final Clock clock;
    private final Measure.StreamForm form;
    private final Bounds bounds;
    private final Tally warmUp = new Tally();
    private final Tally tally = new Tally();
    private volatile boolean cut;

    /**
     * The limits of a run.
     *
     * @param workers at once
     * @param warmUp calls meant to start before this are not counted
     * @param lastStart after this no call is started any more; what was planned counts as not sent
     * @param cutAfter what is still running so long after {@code lastStart} is broken off
     */
    record Bounds(int workers, Duration warmUp, Duration lastStart, Duration cutAfter) {}

    Generator(Schedule schedule, Supplier<Caller> callers, Clock clock, Measure.StreamForm form, Bounds bounds) {
        this.schedule = schedule;
        this.callers = callers;
        this.clock = clock;
        this.form = form;
        this.bounds = bounds;
    }

    /** Runs the schedule to its end, or to the bounds, and returns what was counted. */
    Tally run() throws InterruptedException {
        long start = clock.nanos();
        try (ExecutorService workers = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < bounds.workers(); i++) {
                workers.execute(() -> work(start));
            }
            workers.shutdown();
            long patience = bounds.lastStart().plus(bounds.cutAfter()).toNanos();
            try {
                if (!workers.awaitTermination(patience, TimeUnit.NANOSECONDS)) {
                    cut = true;
                }
            } finally {
                workers.shutdownNow(); // Interrupting a virtual thread closes the socket that it reads from.
            }
        }
        return tally;
    }

    private void work(long start) {
        Measure measure = new Measure(clock, form);
        try (Caller caller = callers.get()) {
            Optional<Schedule.Slot> slot = schedule.next(clock.nanos() - start);
            while (slot.isPresent() && !cut) {
                make(slot.get(), start, caller, measure);
                slot = schedule.next(clock.nanos() - start);
            }
        }
    }

    private void make(Schedule.Slot slot, long start, Caller caller, Measure measure) {
        clock.sleepUntil(start + slot.intended());
        Tally into = slot.intended() < bounds.warmUp().toNanos() ? warmUp : tally;
        long now = clock.nanos() - start;
        if (now > bounds.lastStart().toNanos()) {
            into.unsent();
            return;
        }
        into.started(now - slot.intended());
        measure.begin(into, start + slot.intended());
        try {
            measure.end(caller.call(slot.index(), measure));
        } catch (Failure failure) {
            into.failure(cut ? "cut" : failure.kind());
        }
        into.ended(clock.nanos() - start);
    }
}
