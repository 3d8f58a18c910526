package gptbroker.me;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import gptbroker.archive.Told;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Who asks at once for what they have just been told should find it, and not wait for what never comes. */
class ArrivalTest {
    private static final Optional<Told> NOTHING = Optional.empty();
    private static final Optional<Told> OPEN = told(null);
    private static final Optional<Told> ANSWERED = told("2026-01-01T00:00:00Z");

    private final List<Duration> waits = new ArrayList<>();

    private static Optional<Told> told(@Nullable String answeredAt) {
        var json = JsonNodeFactory.instance.objectNode().put("answered_at", answeredAt);
        return Optional.of(new Told(UUID.randomUUID(), json, 1));
    }

    /** What is found in the end, when the looks find these one after the other. */
    private Optional<Told> found(List<Optional<Told>> looks) throws InterruptedException {
        return Arrival.await(() -> looks.get(waits.size()), waits::add);
    }

    @Test
    void whatIsThereIsToldAtOnce() throws Exception {
        assertThat(found(List.of(ANSWERED))).isEqualTo(ANSWERED);
        assertThat(waits).isEmpty();
    }

    @Test
    void whatIsOnItsWayIsWaitedForUntilItsAnswerIsThereToo() throws Exception {
        assertThat(found(List.of(NOTHING, NOTHING, OPEN, ANSWERED))).isEqualTo(ANSWERED);
        assertThat(waits).hasSize(3);
    }

    @Test
    void theWaitEnds() throws Exception {
        assertThat(found(List.of(NOTHING, NOTHING, NOTHING, OPEN, OPEN))).isEqualTo(OPEN);
        assertThat(waits.stream().reduce(Duration.ZERO, Duration::plus)).isEqualTo(Duration.ofMillis(1_500));
    }
}
