package gptbroker.ops;

import static org.assertj.core.api.Assertions.assertThat;

import gptbroker.testing.Eventually;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Who looks after waits is not misled by a machine that stood still. */
class PatienceTest {
    private final Counted wait = new Counted();
    private long now = System.nanoTime();

    private static final class Counted implements Patience.Wait {
        private int looks;

        @Override
        public void endIfOver() {
            looks++;
        }

        @Override
        public void endNow() {
            throw new AssertionError("nobody closes it");
        }
    }

    private Patience watching() {
        var patience = new Patience();
        patience.watch(wait);
        look(patience, 0);
        wait.looks = 0;
        return patience;
    }

    private void look(Patience patience, int millisLater) {
        now += Duration.ofMillis(millisLater).toNanos();
        patience.look(now);
    }

    @Test
    void itLooksEachTime() {
        Patience patience = watching();
        look(patience, 10);
        look(patience, 11);
        assertThat(wait.looks).isEqualTo(2);
    }

    @Test
    void whoWasHeldUpLetsTheOthersGoFirst() {
        Patience patience = watching();
        look(patience, 300);
        assertThat(wait.looks).isZero();
        look(patience, 10);
        assertThat(wait.looks).isEqualTo(1);
    }

    @Test
    void aMachineThatIsAlwaysLateEndsWaitsAllTheSame() {
        Patience patience = watching();
        look(patience, 300);
        look(patience, 300);
        assertThat(wait.looks).isEqualTo(1);
    }

    @Test
    void itSleepsWhileNobodyWaitsAndWakesForTheNext() throws Exception {
        try (var patience = new Patience("sleeper", Duration.ofMillis(1))) {
            for (int i = 0; i < 3; i++) {
                Eventually.isTrue("asleep", patience::isAsleep);
                var looks = new CountDownLatch(3);
                Patience.Wait next = new Patience.Wait() {
                    @Override
                    public void endIfOver() {
                        looks.countDown();
                    }

                    @Override
                    public void endNow() {
                        throw new AssertionError("nobody closes it");
                    }
                };
                patience.watch(next);
                assertThat(looks.await(60, TimeUnit.SECONDS)).isTrue();
                patience.forget(next);
            }
        }
    }
}
