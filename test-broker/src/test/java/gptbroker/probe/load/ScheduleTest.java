package gptbroker.probe.load;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

final class ScheduleTest {
    private static List<Long> intended(Schedule schedule) {
        return Stream.generate(() -> schedule.next(0))
                .takeWhile(Optional::isPresent)
                .map(slot -> slot.orElseThrow().intended())
                .toList();
    }

    @Test
    void spreadsCallsEvenly() {
        assertThat(intended(Schedule.open(4, Duration.ofSeconds(1), 100)))
                .containsExactly(0L, 250_000_000L, 500_000_000L, 750_000_000L);
    }

    @Test
    void growsNoRoundingError() {
        List<Long> times = intended(Schedule.open(3, Duration.ofMinutes(10), 10_000));
        assertThat(times).hasSize(1_800);
        assertThat(times.get(1_797)).isEqualTo(599_000_000_000L);
    }

    @Test
    void countsAFractionOfACallAsOne() {
        assertThat(intended(Schedule.open(0.5, Duration.ofSeconds(3), 100))).containsExactly(0L, 2_000_000_000L);
    }

    @Test
    void neverExceedsTheMaximum() {
        assertThat(intended(Schedule.open(1_000, Duration.ofSeconds(10), 7))).hasSize(7);
        assertThat(intended(Schedule.closed(Duration.ofSeconds(10), 7))).hasSize(7);
    }

    @Test
    void closedLoopStartsNowAndEndsInTime() {
        Schedule schedule = Schedule.closed(Duration.ofNanos(100), 10);
        assertThat(schedule.next(42)).contains(new Schedule.Slot(0, 42));
        assertThat(schedule.next(99)).contains(new Schedule.Slot(1, 99));
        assertThat(schedule.next(100)).isEmpty();
    }
}
