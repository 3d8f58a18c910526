package gptbroker.store;

import gptbroker.ops.Meters;
import gptbroker.ops.Patience;
import io.helidon.metrics.api.Timer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * Runs scripts over a few connections; calls that wait at the same moment share one pipeline, which costs a fraction of
 * a connection each. A caller gets its own reply or {@link StoreUnavailable}, never another caller's: each reply starts
 * with the nonce of its call, and a connection out of step is dropped.
 *
 * <p>A call whose connection breaks is sent again while its time lasts, so scripts must be idempotent. (Once on each
 * connection that may have died unnoticed, and once on a new one.)
 *
 * <p>Thread-safe. Waiting ignores interrupts (it is bounded by the time-out), so that an interrupted request can still
 * be settled; the interrupt status is kept.
 */
public final class RedisPipe implements AutoCloseable {
    private static final int MAX_WAITING = 16_384;

    private final LinkedBlockingQueue<ScriptCall> waiting = new LinkedBlockingQueue<>(MAX_WAITING);
    private final Pulse pulse = new Pulse();
    private final List<RedisLane> lanes = new ArrayList<>();
    private final Map<String, Timer> timers = new ConcurrentHashMap<>();
    private final Patience patience = new Patience("redis-patience");
    private final Duration timeout;
    private final Meters meters;

    /**
     * Connects in the background; Redis may be away.
     *
     * @param lanes {@code REDIS_CONNECTIONS}
     * @param timeout {@code REDIS_TIMEOUT}: how long Redis may be silent until a waiting caller gives up
     */
    public RedisPipe(RedisConnections connections, int lanes, Duration timeout, Meters meters) {
        this.timeout = timeout;
        this.meters = meters;
        for (int i = 0; i < lanes; i++) {
            // A lane waits longer than its callers: a slow fsync must not cost the connection.
            this.lanes.add(new RedisLane(connections, waiting, pulse, "redis-" + i, timeout.multipliedBy(2)));
        }
        this.lanes.forEach(RedisLane::start);
    }

    /** Runs a script within the configured time-out. */
    public RedisReply run(RedisScript script, List<byte[]> keys, List<byte[]> args) {
        return run(script, keys, args, timeout);
    }

    /**
     * Runs a script.
     *
     * @param args become {@code ARGV[2]} and following; {@code ARGV[1]} is the nonce
     * @throws StoreUnavailable when no answer came in time
     */
    public RedisReply run(RedisScript script, List<byte[]> keys, List<byte[]> args, Duration within) {
        long start = System.nanoTime();
        try {
            return await(enqueue(new ScriptCall(script, keys, args, pulse, within.toNanos(), attempts())));
        } finally {
            timer(script).record(System.nanoTime() - start, TimeUnit.NANOSECONDS);
        }
    }

    /** Sends a script without waiting; it is dropped when it could not be sent within the configured time-out. */
    public CompletableFuture<RedisReply> submit(RedisScript script, List<byte[]> keys, List<byte[]> args) {
        return enqueue(new ScriptCall(script, keys, args, pulse, timeout.toNanos(), attempts()))
                .result();
    }

    /** Whether Redis answers a ping in time. */
    public boolean ping(Duration within) {
        try {
            await(enqueue(new ScriptCall(pulse, within.toNanos(), attempts())));
            return true;
        } catch (StoreUnavailable e) {
            return false;
        }
    }

    /** How long {@link #run(RedisScript, List, List)} waits for a silent Redis. */
    public Duration timeout() {
        return timeout;
    }

    /** Ends the connections; what still waits fails. */
    @Override
    public void close() {
        lanes.forEach(RedisLane::stop);
        for (ScriptCall call = waiting.poll(); call != null; call = waiting.poll()) {
            call.abandon();
        }
        patience.close();
    }

    private ScriptCall enqueue(ScriptCall call) {
        if (!waiting.offer(call)) {
            call.refuse("too many calls wait for Redis");
        }
        return call;
    }

    private RedisReply await(ScriptCall call) {
        boolean interrupted = false;
        patience.watch(call);
        try {
            while (true) {
                try {
                    return call.result().get();
                } catch (InterruptedException e) {
                    interrupted = true;
                } catch (ExecutionException e) {
                    throw (StoreUnavailable) e.getCause();
                }
            }
        } finally {
            patience.forget(call);
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private int attempts() {
        return lanes.size() + 1;
    }

    private Timer timer(RedisScript script) {
        return timers.computeIfAbsent(
                script.name(),
                name -> meters.timer(
                        "gpt_broker_redis_script_seconds", "Time until a Redis script answered", "script", name));
    }
}
