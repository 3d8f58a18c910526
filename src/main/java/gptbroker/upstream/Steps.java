package gptbroker.upstream;

import java.time.Duration;
import java.util.Optional;

/**
 * An answer being read step by step. One thread reads; {@link #close} may come from any thread and closes the upstream
 * connection within a second.
 *
 * @param <T> a step; the last one says how it ended
 */
public interface Steps<T extends Step> extends AutoCloseable {
    /**
     * Waits for the next step.
     *
     * @param patience how long to wait; a caller that owes its client a heartbeat passes that interval
     * @return the next step; empty when nothing came in time, and the stream goes on
     */
    Optional<T> next(Duration patience) throws InterruptedException;

    @Override
    void close();
}
