package gptbroker.archive;

import gptbroker.store.RedisConnections;
import gptbroker.store.SchemaException;
import gptbroker.store.SqlErrors;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.exceptions.JedisDataException;
import redis.clients.jedis.exceptions.JedisException;

/**
 * Moves one partition's outbox into Postgres until it is stopped. An entry leaves Redis only after its row is committed;
 * whatever fails in between is repeated, and repeating changes nothing.
 */
final class Consumer implements Runnable {
    private static final Duration LINGER = Duration.ofMillis(100);
    private static final Logger LOG = LoggerFactory.getLogger(Consumer.class);

    private static final int BLOCK_MILLIS = 1_000;
    private static final Duration READ_TIMEOUT = Duration.ofSeconds(10);
    private static final Duration WAKE_TIMEOUT = Duration.ofSeconds(1);
    private static final long CLAIM_AFTER_MILLIS = 30_000;
    private static final long CLAIM_EVERY_NANOS = Duration.ofSeconds(10).toNanos();

    /** Hosts get new names with every deployment; one that is only cut off for a day is made anew when it reads again. */
    private static final long FORGET_AFTER_MILLIS = Duration.ofHours(24).toMillis();

    private static final long FORGET_EVERY_NANOS = Duration.ofHours(1).toNanos();

    private final RedisConnections connections;
    private final String stream;
    private final String name;
    private final EntryCodec codec;
    private final BatchWriter writer;
    private final int most;
    private final Stop stop;
    /** Held from before a read until its batch is stored; fair, so that who waits for that gets a turn. */
    private final ReentrantLock reading = new ReentrantLock(true);

    /** The first look is at once: what has waited long enough need not wait for us. */
    private long claimedAt = System.nanoTime() - CLAIM_EVERY_NANOS;

    private long forgotAt = claimedAt - FORGET_EVERY_NANOS;

    /** As Redis numbers it; 0 while there is none. */
    private volatile long connectionId;

    /**
     * Reads nothing yet.
     *
     * @param name of this consumer in the group: the same after a restart, different in every process
     * @param most entries a transaction
     */
    Consumer(
            RedisConnections connections,
            String stream,
            String name,
            EntryCodec codec,
            BatchWriter writer,
            int most,
            Stop stop) {
        this.connections = connections;
        this.stream = stream;
        this.name = name;
        this.codec = codec;
        this.writer = writer;
        this.most = most;
        this.stop = stop;
    }

    @Override
    public void run() {
        var backoff = new Backoff();
        while (!stop.asked()) {
            try (Jedis redis = connections.open("gpt-broker-archive", READ_TIMEOUT)) {
                connectionId = id(redis);
                consume(new Outbox(redis, stream, name, codec), backoff);
            } catch (JedisException e) {
                // The message may quote a server address, never a value.
                LOG.warn("archive has lost Redis, tries again: {}", e.getMessage());
                stop.await(backoff.next());
            } catch (RuntimeException e) {
                LOG.error("archive consumer failed, starts again", e);
                stop.await(backoff.next());
            }
        }
    }

    private static long id(Jedis redis) {
        try {
            return redis.clientId();
        } catch (JedisDataException notAllowed) {
            return 0;
        }
    }

    private void consume(Outbox outbox, Backoff backoff) {
        outbox.createGroup();
        boolean ownFirst = true;
        while (!stop.asked()) {
            try {
                ownFirst = moveBatch(outbox, ownFirst || claim(outbox));
                backoff.reset();
            } catch (JedisDataException e) {
                if (!Outbox.isGone(e)) {
                    throw e;
                }
                LOG.warn("the outbox {} is gone from Redis, begins anew", stream);
                outbox.createGroup();
            }
        }
    }

    /** Reads one batch, stores it and lets Redis forget it; true while this consumer may have pending entries. */
    private boolean moveBatch(Outbox outbox, boolean ownFirst) {
        List<Delivery> batch;
        reading.lock();
        try {
            batch = ownFirst ? outbox.pending(most) : outbox.fresh(most, BLOCK_MILLIS);
            if (batch.isEmpty()) {
                return false;
            }
            if (!store(batch)) {
                return true;
            }
        } finally {
            reading.unlock();
        }
        outbox.acknowledge(batch);
        if (!Outbox.hasMuch(batch, most)) {
            // Rows are cheaper by the hundred: a transaction for each few would cost more than all else together.
            stop.await(LINGER);
        }
        return ownFirst;
    }

    /**
     * Ends a wait for the next entry, of which nothing is lost: Redis answers it with none. Comes it too early, between two
     * reads, or not at all, then that wait ends a second later by itself. Returns at once: Redis may be away.
     */
    void wake() {
        Thread.ofVirtual().name("archive-wake").start(this::unblock);
    }

    private void unblock() {
        if (connectionId == 0) {
            return;
        }
        try (Jedis redis = connections.open("gpt-broker-archive-end", WAKE_TIMEOUT)) {
            redis.clientUnblock(connectionId);
        } catch (JedisException away) {
            LOG.debug("the wait for the outbox ends by itself: {}", away.getMessage());
        }
    }

    /** Waits until nothing is held that was read before this call; false when that takes longer. */
    boolean awaitStored(Duration timeout) throws InterruptedException {
        if (!reading.tryLock(timeout.toMillis(), TimeUnit.MILLISECONDS)) {
            return false;
        }
        reading.unlock();
        return true;
    }

    /** Now and then looks for entries of a consumer that does not come back; true when there were some. */
    private boolean claim(Outbox outbox) {
        if (System.nanoTime() - claimedAt < CLAIM_EVERY_NANOS) {
            return false;
        }
        claimedAt = System.nanoTime();
        if (claimedAt - forgotAt > FORGET_EVERY_NANOS) {
            forgotAt = claimedAt;
            outbox.forgetConsumers(FORGET_AFTER_MILLIS);
        }
        return outbox.claim(CLAIM_AFTER_MILLIS, most) > 0;
    }

    /** Repeats until the batch is stored; false when asked to stop before that, with the batch still pending. */
    private boolean store(List<Delivery> batch) {
        var backoff = new Backoff();
        while (true) {
            try {
                writer.store(batch);
                if (backoff.attempts() > 0) {
                    LOG.info("archive writes again");
                }
                return true;
            } catch (SQLException e) {
                log(backoff, SqlErrors.describe(e));
            } catch (SchemaException e) {
                log(backoff, e.getMessage());
            }
            if (stop.await(backoff.next())) {
                return false;
            }
        }
    }

    /** The first failure, and then one a minute or so. */
    private static void log(Backoff backoff, String what) {
        if (backoff.attempts() % 16 == 0) {
            LOG.warn("archive cannot write, entries wait in Redis: {}", what);
        }
    }
}
