package gptbroker.admission;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class AddressBucketsTest {
    private final AtomicLong nanos = new AtomicLong(Long.MAX_VALUE - 1_000); // the clock may overflow

    @Test
    void burstThenOneEachStep() {
        var buckets = new AddressBuckets(60, nanos::get);
        for (int i = 0; i < 60; i++) {
            assertThat(buckets.tryTake("a")).isEmpty();
        }
        assertThat(buckets.tryTake("a")).contains(Duration.ofSeconds(1));
        assertThat(buckets.tryTake("a")).contains(Duration.ofSeconds(1)); // a refusal costs nothing
        assertThat(buckets.tryTake("b")).isEmpty();

        nanos.addAndGet(Duration.ofSeconds(1).toNanos() - 1);
        assertThat(buckets.tryTake("a")).contains(Duration.ofNanos(1));
        nanos.addAndGet(1);
        assertThat(buckets.tryTake("a")).isEmpty();
        assertThat(buckets.tryTake("a")).isPresent();
    }

    @Test
    void fullAgainAfterAMinute() {
        var buckets = new AddressBuckets(2, nanos::get);
        buckets.tryTake("a");
        buckets.tryTake("a");
        nanos.addAndGet(Duration.ofMinutes(1).toNanos());
        assertThat(buckets.tryTake("a")).isEmpty();
        assertThat(buckets.tryTake("a")).isEmpty();
        assertThat(buckets.tryTake("a")).isPresent();
    }

    @Test
    void zeroIsOff() {
        var buckets = new AddressBuckets(0, nanos::get);
        for (int i = 0; i < 1_000; i++) {
            assertThat(buckets.tryTake("a")).isEmpty();
        }
    }
}
