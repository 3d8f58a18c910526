package gptbroker.testing;

import java.time.Duration;
import java.util.concurrent.Callable;

/** Waits for what happens on another thread. */
public final class Eventually {
    private static final Duration PATIENCE = Duration.ofSeconds(15);
    private static final Duration PERIOD = Duration.ofMillis(10);

    private Eventually() {}

    /** Returns as soon as the condition holds; fails when it does not within 15 s. */
    public static void isTrue(String what, Callable<Boolean> condition) throws Exception {
        long end = System.nanoTime() + PATIENCE.toNanos();
        while (!condition.call()) {
            if (System.nanoTime() > end) {
                throw new AssertionError("never happened: " + what);
            }
            Thread.sleep(PERIOD);
        }
    }
}
