package gptbroker.testing;

import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.function.BooleanSupplier;

/** Waits for what happens in the background. */
public final class Eventually {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final Duration PERIOD = Duration.ofMillis(10);

    private Eventually() {}

    /** Looks every 10 ms until {@code condition} holds; fails after {@code limit}, which is generous, never timed. */
    public static void within(Duration limit, String what, BooleanSupplier condition) {
        try {
            await(limit, what, condition::getAsBoolean);
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    /** Returns as soon as the condition holds; fails when it does not within a minute. */
    public static void isTrue(String what, Callable<Boolean> condition) throws Exception {
        await(PATIENCE, what, condition);
    }

    private static void await(Duration limit, String what, Callable<Boolean> condition) throws Exception {
        long deadline = System.nanoTime() + limit.toNanos();
        while (!condition.call()) {
            if (System.nanoTime() - deadline > 0) {
                throw new AssertionError("not within " + limit + ": " + what);
            }
            Thread.sleep(PERIOD);
        }
    }
}
