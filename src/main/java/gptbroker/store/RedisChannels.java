package gptbroker.store;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import redis.clients.jedis.BinaryJedisPubSub;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.exceptions.JedisException;

/**
 * Listens to any number of Redis channels over one connection, which is opened when the first is joined. After a break it
 * reconnects and joins all of them again; what was published meanwhile is not heard, and {@link Ear#joined} tells so.
 *
 * <p>Thread-safe. The ear is called by one thread; it must be quick and must not throw.
 */
public final class RedisChannels implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(RedisChannels.class);
    /** A connection that has not even answered a ping for so long is dead. */
    private static final Duration SILENCE = Duration.ofSeconds(15);

    private static final long MIN_BACKOFF_MILLIS = 20;
    private static final long MAX_BACKOFF_MILLIS = 1_000;

    /** Hears what is published. */
    public interface Ear {
        /** A message came. */
        void heard(String channel, byte[] message);

        /** From here on nothing is missed; what came before may have been. Told after each (re)connection. */
        void joined(String channel);
    }

    private final RedisConnections connections;
    private final String home;
    private final Ear ear;
    private final Set<String> wanted = ConcurrentHashMap.newKeySet();
    private final Thread thread;
    private final Object lock = new Object();
    private @Nullable Listener listener;
    private volatile @Nullable Jedis jedis;
    private volatile boolean closed;

    /**
     * Does nothing until a channel is joined.
     *
     * @param home a channel of no use, joined always: a connection without one is no listener any more
     */
    public RedisChannels(RedisConnections connections, String home, Ear ear) {
        this.connections = connections;
        this.home = home;
        this.ear = ear;
        this.thread = Thread.ofPlatform().daemon().name("redis-channels").unstarted(this::run);
    }

    /** Joins a channel; {@link Ear#joined} follows when Redis has confirmed it. Joining twice is one. */
    public void join(String channel) {
        synchronized (lock) {
            if (closed || !wanted.add(channel)) {
                return;
            }
            if (thread.getState() == Thread.State.NEW) {
                thread.start();
            }
            send(active -> active.subscribe(bytes(channel)));
        }
    }

    /** Leaves a channel. */
    public void leave(String channel) {
        synchronized (lock) {
            if (wanted.remove(channel)) {
                send(active -> active.unsubscribe(bytes(channel)));
            }
        }
    }

    /** To be called every few seconds: a connection whose other end has vanished is found out by its silence. */
    public void ping() {
        synchronized (lock) {
            send(Listener::ping);
        }
    }

    @Override
    public void close() {
        synchronized (lock) {
            closed = true;
            listener = null;
        }
        drop();
        LockSupport.unpark(thread);
    }

    private interface Command {
        void on(Listener listener);
    }

    /** A failure is the reading thread's to notice; it joins everything again. */
    private void send(Command command) {
        Listener active = listener;
        if (active != null) {
            try {
                command.on(active);
            } catch (JedisException broken) {
                listener = null;
                drop();
            }
        }
    }

    private void run() {
        long backoff = MIN_BACKOFF_MILLIS;
        while (!closed) {
            var heard = new Listener();
            try (Jedis opened = connections.open("channels", SILENCE)) {
                jedis = opened;
                if (!closed) {
                    opened.subscribe(heard, bytes(home));
                }
            } catch (JedisException e) {
                if (!closed && backoff == MIN_BACKOFF_MILLIS) {
                    LOG.warn("Redis channels are not heard: {}", e.getMessage());
                }
            } catch (RuntimeException e) {
                LOG.error("Redis channels failed unexpectedly", e);
            } finally {
                jedis = null;
                forget(heard);
            }
            backoff = heard.started ? MIN_BACKOFF_MILLIS : Math.min(MAX_BACKOFF_MILLIS, backoff * 2);
            if (!closed) {
                LockSupport.parkNanos(backoff * 1_000_000);
            }
        }
    }

    private void begun(Listener heard) {
        synchronized (lock) {
            heard.started = true;
            if (!closed) {
                listener = heard;
                if (!wanted.isEmpty()) {
                    heard.subscribe(wanted.stream().map(RedisChannels::bytes).toArray(byte[][]::new));
                }
            }
        }
    }

    private void forget(Listener heard) {
        synchronized (lock) {
            if (listener == heard) {
                listener = null;
            }
        }
    }

    private void drop() {
        Jedis current = jedis;
        if (current != null) {
            try {
                current.getConnection().forceDisconnect();
            } catch (IOException | JedisException e) {
                LOG.debug("closing the channels: {}", e.toString());
            }
        }
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    /** The reading side of one connection. */
    private final class Listener extends BinaryJedisPubSub {
        private boolean started;

        @Override
        public void onSubscribe(byte[] channel, int count) {
            String name = new String(channel, StandardCharsets.UTF_8);
            if (name.equals(home)) {
                begun(this);
            } else {
                ear.joined(name);
            }
        }

        @Override
        public void onMessage(byte[] channel, byte[] message) {
            ear.heard(new String(channel, StandardCharsets.UTF_8), message);
        }
    }
}
