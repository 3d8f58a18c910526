package gptbroker.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class RequestIdsTest {
    private final AtomicLong millis = new AtomicLong(1_700_000_000_000L);
    private final RequestIds ids = new RequestIds(() -> java.time.Instant.ofEpochMilli(millis.get()));

    @Test
    void idsAreVersionSevenWithTheirTime() {
        UUID id = ids.next();
        assertThat(id.version()).isEqualTo(7);
        assertThat(id.variant()).isEqualTo(2);
        assertThat(id.getMostSignificantBits() >>> 16).isEqualTo(millis.get());
    }

    @Test
    void idsRiseWithinAMillisecondAndWhenTheClockStepsBack() {
        List<String> made = new ArrayList<>();
        for (int i = 0; i < 20_000; i++) {
            if (i == 10_000) {
                millis.addAndGet(-3_600_000);
            }
            made.add(ids.next().toString());
        }
        assertThat(made).isSorted().doesNotHaveDuplicates();
    }
}
