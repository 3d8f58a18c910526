package gptbroker.upstream;

import java.time.Duration;

/**
 * An answer being read step by step. One thread reads, a virtual one where an interrupt is to end its wait;
 * {@link #close} may come from any thread and closes the upstream connection within a second.
 *
 * @param <T> a step; the last one says how it ended
 */
public interface Steps<T extends Step> extends AutoCloseable {
    /**
     * Fills a silence of the provider. Called by another thread while the one that reads stands in {@link #next}, never
     * while it does anything else.
     *
     * @param <X> ends the answer, and is thrown by {@link #next}
     */
    @FunctionalInterface
    interface Silence<X extends Exception> {
        void fill() throws X;
    }

    /**
     * Waits for the next step, as long as the provider's deadlines allow; the last one is given again and again.
     *
     * @param every how long the provider is silent each time before {@code silence} is filled
     */
    <X extends Exception> T next(Duration every, Silence<X> silence) throws InterruptedException, X;

    /** Waits for the next step, and lets silence be silence. */
    default T next() throws InterruptedException {
        return next(Duration.ofDays(1), () -> {});
    }

    @Override
    void close();
}
