package gptbroker.http;

import gptbroker.problem.ProblemCode;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the broker does beside its requests, under the same deadlines: each errand has a thread, an id and a total time of
 * its own, and a broker that stops interrupts it. Thread-safe.
 */
public final class Errands implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Errands.class);
    private static final Duration SWEEP = Duration.ofMillis(100);
    private static final Duration CLOSING = Duration.ofSeconds(5);

    private final Watchdog watchdog = new Watchdog(System::nanoTime, SWEEP);
    private final Duration total;
    private final RequestIds ids;
    private final Set<Thread> running = ConcurrentHashMap.newKeySet();
    private volatile boolean closed;

    /** One errand. */
    @FunctionalInterface
    public interface Errand {
        /** Runs it; {@link Occasion#interruption} says why it was interrupted. */
        void run(Occasion occasion) throws ClientGone, InterruptedException;
    }

    /** @param total what one errand may take */
    public Errands(Duration total, InstantSource clock) {
        this.total = total;
        this.ids = new RequestIds(clock);
    }

    /** Begins to watch. */
    public void start() {
        watchdog.start();
    }

    /** An id for an errand. */
    public UUID id() {
        return ids.next();
    }

    /** How many are under way. */
    public int running() {
        return running.size();
    }

    /** Runs it in a thread of its own; not at all once this is closed. */
    public synchronized void run(UUID id, Errand errand) {
        if (!closed) {
            Thread thread = Thread.ofVirtual().name("errand").unstarted(() -> attempt(id, errand));
            running.add(thread);
            thread.start();
        }
    }

    private void attempt(UUID id, Errand errand) {
        try (Deadline deadline = watchdog.watch(total)) {
            if (!closed) {
                errand.run(new Alone(id, System.nanoTime(), new Trace(), deadline));
            }
        } catch (InterruptedException ended) {
            LOG.debug("errand {} was interrupted", id);
        } catch (ClientGone | RuntimeException e) {
            LOG.error("errand {} failed: {}", id, Failures.describe(e));
        } finally {
            running.remove(Thread.currentThread());
        }
    }

    /** Interrupts what is under way, and waits for it some seconds. */
    @Override
    public void close() {
        synchronized (this) {
            closed = true;
        }
        watchdog.interruptAll(Deadline.Cause.DRAIN);
        try {
            for (Thread thread : running) {
                thread.join(CLOSING);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        watchdog.close();
    }

    /** Nobody listens. */
    private record Alone(UUID id, long startNanos, Trace trace, Deadline deadline) implements Occasion {
        @Override
        public void header(String name, String value) {
            // For no client.
        }

        @Override
        public void lastWords() {
            deadline.spare();
        }

        @Override
        public Optional<ProblemCode> interruption() {
            return deadline.interruption();
        }
    }
}
