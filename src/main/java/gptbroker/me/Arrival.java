package gptbroker.me;

import gptbroker.archive.Told;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/** The wait for an exchange that is on its way to the archive: some looks, one and a half seconds at most. */
final class Arrival {
    private static final List<Duration> WAITS =
            List.of(Duration.ofMillis(100), Duration.ofMillis(200), Duration.ofMillis(400), Duration.ofMillis(800));

    private Arrival() {}

    /** Waits; a test does not. */
    @FunctionalInterface
    interface Sleeper {
        void sleep(Duration time) throws InterruptedException;
    }

    /** What the last look found, answered or not. */
    static Optional<Told> await(Supplier<Optional<Told>> look, Sleeper sleeper) throws InterruptedException {
        Optional<Told> told = look.get();
        for (Duration wait : WAITS) {
            if (told.filter(Arrival::isAnswered).isPresent()) {
                break;
            }
            sleeper.sleep(wait);
            told = look.get();
        }
        return told;
    }

    /** Whether the archive has its answer too. */
    static boolean isAnswered(Told told) {
        return !told.json().path("answered_at").isNull();
    }
}
