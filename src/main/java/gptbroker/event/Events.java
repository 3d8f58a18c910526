package gptbroker.event;

import gptbroker.http.Dialect;
import gptbroker.http.Exchange;
import gptbroker.http.JsonAnswer;
import gptbroker.http.RequestObserver;
import gptbroker.live.Feed;
import gptbroker.ops.Meters;
import gptbroker.problem.Problem;
import gptbroker.store.SchemaException;
import gptbroker.store.SqlErrors;
import io.helidon.metrics.api.Counter;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Notes who called what of accounts, chats and groups, once the caller is known (S1.55). A log, not a ledger: no request
 * waits for it, and when Postgres is away for long the newest events are not noted, and counted as lost. What has been
 * stored is told live to whoever listens as {@link EventAudience} says.
 *
 * <p>Thread-safe. {@link #start} it once; {@link #close} stores what waits, for two seconds at most.
 */
public final class Events implements RequestObserver, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Events.class);
    private static final int MOST_WAITING = 10_000;
    private static final int BATCH = 500;
    private static final Duration PAUSE = Duration.ofSeconds(1);
    private static final Duration CLEAN_EVERY = Duration.ofHours(1);
    private static final Duration CLOSING = Duration.ofSeconds(2);

    private final EventStore store;
    private final Feed feed;
    private final int retentionDays;
    private final InstantSource clock;
    private final Counter lost;
    private final BlockingQueue<Event> waiting = new ArrayBlockingQueue<>(MOST_WAITING);
    private final Thread writer = Thread.ofVirtual().name("events").unstarted(this::run);
    private volatile boolean closing;
    private Instant nextCleaning = Instant.MIN;

    /**
     * Notes into this store.
     *
     * @param feed where they are told once they are stored; closed after this
     * @param retentionDays {@code EVENT_RETENTION_DAYS}; 0 keeps them
     */
    public Events(EventStore store, Feed feed, int retentionDays, Meters meters, InstantSource clock) {
        this.store = store;
        this.feed = feed;
        this.retentionDays = retentionDays;
        this.clock = clock;
        this.lost = meters.counter("gpt_broker_events_lost_total", "Events that were not noted.");
        meters.gauge("gpt_broker_events_waiting", "Events that wait for Postgres.", waiting::size);
    }

    @Override
    public void ended(Exchange exchange, int status, long nanos) {
        if (exchange.route().dialect() != Dialect.CHAT) {
            return;
        }
        exchange.trace().callerId().ifPresent(caller -> {
            var event = new Event(
                    exchange.id(),
                    caller,
                    exchange.clientAddress(),
                    exchange.method(),
                    exchange.route().path(),
                    status,
                    exchange.trace().problem().map(code -> code.code()),
                    TimeUnit.NANOSECONDS.toMicros(nanos));
            if (!waiting.offer(event)) {
                lost.increment();
            }
        });
    }

    /** Begins to store. */
    public void start() {
        writer.start();
    }

    private void run() {
        List<Event> batch = new ArrayList<>(BATCH);
        try {
            while (!closing || !waiting.isEmpty()) {
                if (batch.isEmpty()) {
                    take(batch);
                }
                if (!done(batch)) {
                    Thread.sleep(PAUSE);
                }
            }
        } catch (InterruptedException closed) {
            LOG.debug("events end with {} not stored", batch.size() + waiting.size());
        }
    }

    private void take(List<Event> batch) throws InterruptedException {
        Event first = waiting.poll(PAUSE.toMillis(), TimeUnit.MILLISECONDS);
        if (first != null) {
            batch.add(first);
            waiting.drainTo(batch, BATCH - 1);
        }
    }

    /** Whether to go on at once; what is left in the batch is to be tried again. */
    private boolean done(List<Event> batch) {
        try {
            if (!batch.isEmpty()) {
                store.write(batch);
                tell(batch);
                batch.clear();
            }
            clean();
            return true;
        } catch (SQLException e) {
            LOG.info("events wait: {}", SqlErrors.describe(e));
            return drop(batch, SqlErrors.dependOnData(e));
        } catch (SchemaException | Problem e) {
            LOG.info("events wait: {}", e.getMessage());
            return false;
        } catch (RuntimeException e) {
            LOG.error("events are lost", e);
            return drop(batch, true);
        }
    }

    /** One call of Redis for all of them, whoever listens; nothing here waits for it. */
    private void tell(List<Event> batch) {
        batch.forEach(event -> feed.publish(EventAudience.TOPIC, JsonAnswer.bytes(event.json())));
    }

    private boolean drop(List<Event> batch, boolean hopeless) {
        if (hopeless) {
            lost.increment(batch.size());
            batch.clear();
        }
        return hopeless;
    }

    private void clean() throws SQLException {
        Instant now = clock.instant();
        if (retentionDays > 0 && !now.isBefore(nextCleaning)) {
            boolean more = store.forgetBefore(now.minus(Duration.ofDays(retentionDays)));
            nextCleaning = more ? now : now.plus(CLEAN_EVERY);
        }
    }

    @Override
    public void close() {
        closing = true;
        try {
            if (writer.getState() != Thread.State.NEW && !writer.join(CLOSING)) {
                writer.interrupt();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
