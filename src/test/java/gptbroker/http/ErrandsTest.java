package gptbroker.http;

import static org.assertj.core.api.Assertions.assertThat;

import gptbroker.problem.ProblemCode;
import gptbroker.testing.Eventually;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ErrandsTest {
    private static final Duration LONG = Duration.ofMinutes(10);
    private static final int MANY = 20;

    private final List<Optional<ProblemCode>> ends = new CopyOnWriteArrayList<>();
    private final CountDownLatch begun = new CountDownLatch(MANY);
    private Errands errands = started(LONG);

    private static Errands started(Duration total) {
        var errands = new Errands(total, InstantSource.system());
        errands.start();
        return errands;
    }

    /** Goes on until it is interrupted. */
    private void stay(Occasion occasion) throws InterruptedException {
        begun.countDown();
        try {
            new CountDownLatch(1).await();
        } finally {
            ends.add(occasion.interruption());
        }
    }

    @AfterEach
    void close() {
        errands.close();
    }

    @Test
    void eachHasItsIdAndEndsByItself() throws Exception {
        UUID id = errands.id();
        var seen = new CompletableFuture<UUID>();
        errands.run(id, occasion -> seen.complete(occasion.id()));
        assertThat(seen.get()).isEqualTo(id);
        Eventually.isTrue("ended", () -> errands.running() == 0);
        assertThat(errands.id()).isGreaterThan(id);
    }

    @Test
    void whatTakesTooLongIsInterrupted() throws Exception {
        errands.close();
        errands = started(Duration.ofMillis(200));
        errands.run(errands.id(), this::stay);
        Eventually.isTrue("ended", () -> errands.running() == 0);
        assertThat(ends).containsExactly(Optional.of(ProblemCode.UPSTREAM_TIMEOUT));
    }

    @Test
    void closingInterruptsThemAndWaits() throws Exception {
        for (int i = 0; i < MANY; i++) {
            errands.run(errands.id(), this::stay);
        }
        begun.await();
        errands.close();
        assertThat(errands.running()).isZero();
        assertThat(ends).hasSize(MANY).allSatisfy(end -> assertThat(end).contains(ProblemCode.DRAINING));
        errands.run(errands.id(), occasion -> ends.add(Optional.empty()));
        assertThat(errands.running()).isZero();
        assertThat(ends).doesNotContain(Optional.empty());
    }

    @Test
    void oneThatFailsEndsAlone() throws Exception {
        errands.run(errands.id(), occasion -> {
            throw new IllegalStateException("as wanted");
        });
        Eventually.isTrue("ended", () -> errands.running() == 0);
    }
}
