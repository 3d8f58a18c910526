package gptbroker.testing;

import java.time.Duration;
<<<<<<< HEAD
import java.util.function.BooleanSupplier;

/** Waits for what happens in the background. */
public final class Eventually {
    private static final long STEP_MILLIS = 10;

    private Eventually() {}

    /** Looks every 10 ms until {@code condition} holds; fails after {@code limit}, which is generous, never timed. */
    public static void within(Duration limit, String what, BooleanSupplier condition) {
        long deadline = System.nanoTime() + limit.toNanos();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() - deadline > 0) {
                throw new AssertionError("not within " + limit + ": " + what);
            }
            try {
                Thread.sleep(STEP_MILLIS);
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
=======
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
>>>>>>> http
        }
    }
}
