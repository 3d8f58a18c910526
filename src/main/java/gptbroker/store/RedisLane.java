package gptbroker.store;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.Protocol.Command;
import redis.clients.jedis.exceptions.JedisDataException;
import redis.clients.jedis.exceptions.JedisException;
import redis.clients.jedis.exceptions.JedisNoScriptException;

/** One connection of a {@link RedisPipe} and the thread that alone uses it. */
final class RedisLane {
    private static final Logger LOG = LoggerFactory.getLogger(RedisLane.class);
    private static final int MAX_BATCH = 256;
    private static final long MIN_BACKOFF_MILLIS = 20;
    private static final long MAX_BACKOFF_MILLIS = 500;
    private static final long WARN_EVERY_NANOS = 1_000_000_000;

    private final RedisConnections connections;
    private final BlockingQueue<ScriptCall> waiting;
    private final Pulse pulse;
    private final String name;
    private final Duration readTimeout;
    private final Thread thread;
    private final List<ScriptCall> batch = new ArrayList<>(MAX_BATCH);
    private volatile @Nullable Jedis jedis;
    private volatile boolean stopped;
    private long nextWarning = System.nanoTime();
    private long backoffMillis = MIN_BACKOFF_MILLIS;

    RedisLane(
            RedisConnections connections,
            BlockingQueue<ScriptCall> waiting,
            Pulse pulse,
            String name,
            Duration readTimeout) {
        this.connections = connections;
        this.waiting = waiting;
        this.pulse = pulse;
        this.name = name;
        this.readTimeout = readTimeout;
        // A platform thread: busy request threads must not be able to starve it.
        this.thread = Thread.ofPlatform().daemon().name(name).unstarted(this::work);
    }

    void start() {
        thread.start();
    }

    /** Ends the thread, also out of a blocked read. */
    void stop() {
        stopped = true;
        thread.interrupt();
        drop();
    }

    private void work() {
        while (!stopped) {
            try {
                Jedis current = jedis != null ? jedis : connect();
                if (current == null) {
                    waiting.removeIf(ScriptCall::isOver);
                    Thread.sleep(backoffMillis);
                    backoffMillis = Math.min(MAX_BACKOFF_MILLIS, backoffMillis * 2);
                } else {
                    fill();
                    exchange(current);
                }
            } catch (InterruptedException e) {
                // Only stop() interrupts us.
                return;
            } catch (RuntimeException e) {
                LOG.error("Redis lane {} failed unexpectedly", name, e);
                drop(); // replies may be left in it
                fail(batch, "unexpected failure");
            } finally {
                batch.clear();
            }
        }
    }

    private @Nullable Jedis connect() {
        try {
            Jedis opened = connections.open(name, readTimeout);
            jedis = opened;
            if (stopped) {
                drop();
                return null;
            }
            if (backoffMillis > MIN_BACKOFF_MILLIS) {
                LOG.info("Redis is back on lane {}", name);
            }
            backoffMillis = MIN_BACKOFF_MILLIS;
            return opened;
        } catch (JedisException e) {
            if (backoffMillis == MIN_BACKOFF_MILLIS) {
                LOG.warn("Redis cannot be reached on lane {}: {}", name, e.getMessage());
            }
            return null;
        }
    }

    /** Waits for a call, then takes along all that wait with it. */
    private void fill() throws InterruptedException {
        ScriptCall first = waiting.take();
        batch.add(first);
        waiting.drainTo(batch, MAX_BATCH - 1);
        batch.removeIf(call -> !call.take());
    }

    private void exchange(Jedis current) {
        List<ScriptCall> sent = new ArrayList<>(batch.size());
        try {
            for (ScriptCall call : batch) {
                byte[][] words = call.words();
                if (words != null) {
                    sent.add(call);
                    current.getConnection().sendCommand(call.command(), words);
                }
            }
            List<ScriptCall> unknown = handle(current, sent);
            if (!unknown.isEmpty()) {
                resend(current, unknown);
            }
        } catch (JedisException e) {
            if (!stopped) {
                LOG.warn("Redis connection of lane {} lost: {}", name, e.getMessage());
            }
            drop();
            fail(batch, "connection lost");
        }
    }

    /** Redis has forgotten its scripts (restart, SCRIPT FLUSH): sends the whole source instead. */
    private void resend(Jedis current, List<ScriptCall> calls) {
        List<ScriptCall> sent = new ArrayList<>(calls.size());
        for (ScriptCall call : calls) {
            byte[][] words = call.wordsWithSource();
            if (words != null) {
                sent.add(call);
                current.getConnection().sendCommand(Command.EVAL, words);
            }
        }
        handle(current, sent).forEach(call -> call.refuse("script cannot be loaded"));
    }

    /** Reads and hands out the replies; returns the calls whose script Redis does not know. */
    private List<ScriptCall> handle(Jedis current, List<ScriptCall> sent) {
        List<Object> replies = current.getConnection().getMany(sent.size());
        pulse.beat();
        List<ScriptCall> unknown = new ArrayList<>(0);
        for (int i = 0; i < replies.size(); i++) {
            ScriptCall call = sent.get(i);
            Object reply = replies.get(i);
            if (reply instanceof JedisNoScriptException) {
                unknown.add(call);
            } else if (reply instanceof JedisDataException error) {
                refuse(call, error);
            } else if (call.owns(reply)) {
                call.answer(reply);
            } else {
                throw new JedisException("reply out of step");
            }
        }
        return unknown;
    }

    /** An error reply: our scripts test before they write, so nothing has happened. */
    private void refuse(ScriptCall call, JedisDataException e) {
        String message = String.valueOf(e.getMessage());
        call.refuse(message);
        long now = System.nanoTime();
        if (now - nextWarning >= 0) {
            nextWarning = now + WARN_EVERY_NANOS;
            LOG.warn("Redis refuses scripts on lane {}: {}", name, message);
        }
        if (message.contains("READONLY")) {
            throw new JedisException("connected to a replica"); // the address may lead to the new primary by now
        }
    }

    private void fail(List<ScriptCall> calls, String message) {
        for (ScriptCall call : calls) {
            if (call.lost(message) && !waiting.offer(call)) {
                call.abandon();
            }
        }
    }

    private void drop() {
        Jedis current = jedis;
        jedis = null;
        if (current != null) {
            try {
                // Not close(): that would first flush what is still buffered.
                current.getConnection().forceDisconnect();
            } catch (IOException | JedisException e) {
                LOG.debug("closing lane {}: {}", name, e.toString());
            }
        }
    }
}
