package gptbroker.probe.load;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** The generator's arithmetic, with one worker and a clock that only moves when told. */
final class GeneratorTest {
    private static final byte[] BODY = {1, 2, 3};

    /** Time passes only by sleeping and by calls. */
    private static final class ToldClock implements Clock {
        private final AtomicLong now = new AtomicLong(1_000);

        @Override
        public long nanos() {
            return now.get();
        }

        @Override
        public void sleepUntil(long nanos) {
            now.accumulateAndGet(nanos, Math::max);
        }

        void pass(long millis) {
            now.addAndGet(TimeUnit.MILLISECONDS.toNanos(millis));
        }
    }

    private final ToldClock clock = new ToldClock();

    /** Call number i takes {@code millis.get(i)}; the last is repeated. */
    private Caller target(int status, List<Integer> millis) {
        return new Caller() {
            @Override
            public int call(long index, BodySink sink) throws Failure {
                int took = millis.get((int) Math.min(index, millis.size() - 1));
                if (took < 0) {
                    throw new Failure("timeout");
                }
                clock.pass(took);
                sink.piece(BODY, 0, BODY.length);
                return status;
            }

            @Override
            public void close() {}
        };
    }

    private Tally run(Schedule schedule, Caller target, Duration warmUp, Duration lastStart)
            throws InterruptedException {
        Generator.Bounds bounds = new Generator.Bounds(1, warmUp, lastStart, Duration.ofMinutes(1));
        return new Generator(schedule, () -> target, clock, Measure.StreamForm.NONE, bounds).run();
    }

    @Test
    void countsLatencyFromTheIntendedStart() throws InterruptedException {
        // Ten calls, 10 ms apart; the first stalls for 100 ms, so that all others begin late: 91, 82, … 19 ms.
        Schedule schedule = Schedule.open(100, Duration.ofMillis(100), 100);
        Tally tally = run(schedule, target(200, List.of(100, 1)), Duration.ZERO, Duration.ofMinutes(1));
        assertThat(tally.succeeded()).isEqualTo(10);
        assertThat(millis(tally.latency().getMaxValue())).isEqualTo(100);
        assertThat(millis(tally.latency().getMinValue())).isEqualTo(19);
        assertThat(millis(tally.latency().getValueAtPercentile(50))).isEqualTo(55);
        assertThat(millis(tally.startLag().getMaxValue())).isEqualTo(90);
    }

    @Test
    void closedLoopCountsEachCallAlone() throws InterruptedException {
        Schedule schedule = Schedule.closed(Duration.ofMillis(100), 1_000);
        Tally tally = run(schedule, target(200, List.of(10)), Duration.ZERO, Duration.ofMinutes(1));
        assertThat(tally.succeeded()).isEqualTo(10);
        assertThat(millis(tally.latency().getMaxValue())).isEqualTo(10);
        assertThat(tally.lastEnd()).isEqualTo(TimeUnit.MILLISECONDS.toNanos(100));
    }

    @Test
    void doesNotCountTheWarmUp() throws InterruptedException {
        Schedule schedule = Schedule.open(100, Duration.ofMillis(100), 100);
        Tally tally = run(schedule, target(200, List.of(1)), Duration.ofMillis(40), Duration.ofMinutes(1));
        assertThat(tally.succeeded()).isEqualTo(6);
    }

    @Test
    void reportsWhatCouldNotBeSent() throws InterruptedException {
        Schedule schedule = Schedule.open(100, Duration.ofMillis(100), 100);
        Tally tally = run(schedule, target(200, List.of(60)), Duration.ZERO, Duration.ofMillis(150));
        assertThat(tally.succeeded()).isEqualTo(3);
        assertThat(tally.notSent()).isEqualTo(7);
    }

    @Test
    void countsErrorsByKind() throws InterruptedException {
        Schedule schedule = Schedule.open(100, Duration.ofMillis(30), 100);
        Tally refused = run(schedule, target(429, List.of(1)), Duration.ZERO, Duration.ofMinutes(1));
        assertThat(refused.errors()).containsExactly(Map.entry("429", 3L));
        Schedule again = Schedule.open(100, Duration.ofMillis(20), 100);
        Tally silent = run(again, target(200, List.of(1, -1)), Duration.ZERO, Duration.ofMinutes(1));
        assertThat(silent.errors()).containsExactly(Map.entry("timeout", 1L));
        assertThat(silent.succeeded()).isEqualTo(1);
    }

    /** Microseconds as whole milliseconds: the histogram keeps three digits. */
    private static long millis(long micros) {
        return Math.round(micros / 1_000.0);
    }
}
