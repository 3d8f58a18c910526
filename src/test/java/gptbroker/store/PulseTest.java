package gptbroker.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

final class PulseTest {
    private static final long WITHIN = Duration.ofMinutes(1).toNanos();

    private final Pulse pulse = new Pulse();

    @Test
    void aFreshCallWaits() {
        assertThat(pulse.isOver(System.nanoTime(), WITHIN)).isFalse();
    }

    @Test
    void anOldCallWaitsForARedisThatAnswers() {
        assertThat(pulse.isOver(System.nanoTime() - 2 * WITHIN, WITHIN)).isFalse();
    }

    @Test
    void butNotForEver() {
        assertThat(pulse.isOver(System.nanoTime() - 8 * WITHIN, WITHIN)).isTrue();
    }

    @Test
    void silenceEndsIt() {
        assertThat(pulse.isOver(System.nanoTime() - 1, 1)).isTrue();
    }
}
