package gptbroker.store;

import static java.nio.charset.StandardCharsets.US_ASCII;

import gptbroker.ops.Patience;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.Protocol.Command;
import redis.clients.jedis.commands.ProtocolCommand;

/** One question on its way through the pipe. A lane and the waiting caller share it; the monitor guards its state. */
final class ScriptCall implements Patience.Wait {
    private static final int NONCE_BYTES = 8;

    private enum State {
        WAITING,
        SENT,
        OVER
    }

    private final CompletableFuture<RedisReply> result = new CompletableFuture<>();
    private final @Nullable RedisScript script;
    private final byte[] nonce = new byte[NONCE_BYTES];
    private final Pulse pulse;
    private final long since = System.nanoTime();
    private final long within;
    private final int maxAttempts;
    private byte[] @Nullable [] words;
    private State state = State.WAITING;
    private int attempts;

    /** A script that is given up when Redis is silent for so many nanoseconds. */
    ScriptCall(RedisScript script, List<byte[]> keys, List<byte[]> args, Pulse pulse, long within, int maxAttempts) {
        this.script = script;
        this.pulse = pulse;
        this.within = within;
        this.maxAttempts = maxAttempts;
        ThreadLocalRandom.current().nextBytes(nonce);
        byte[][] all = new byte[3 + keys.size() + args.size()][];
        all[0] = script.sha();
        all[1] = Integer.toString(keys.size()).getBytes(US_ASCII);
        int next = 2;
        for (byte[] key : keys) {
            all[next++] = key;
        }
        all[next++] = nonce;
        for (byte[] arg : args) {
            all[next++] = arg;
        }
        this.words = all;
    }

    /** A ping. */
    ScriptCall(Pulse pulse, long within, int maxAttempts) {
        this.script = null;
        this.pulse = pulse;
        this.within = within;
        this.maxAttempts = maxAttempts;
        ThreadLocalRandom.current().nextBytes(nonce);
        this.words = new byte[][] {nonce};
    }

    CompletableFuture<RedisReply> result() {
        return result;
    }

    /** Whether nobody should wait for it any longer. */
    boolean isOver() {
        return pulse.isOver(since, within);
    }

    /** Lane: takes the call for sending; false when nobody waits for it any more. */
    synchronized boolean take() {
        if (state != State.WAITING) {
            return false;
        }
        if (isOver()) {
            end(new StoreUnavailable("waited too long to be sent", attempts > 0));
            return false;
        }
        state = State.SENT;
        attempts++;
        return true;
    }

    /** What to send the first time: the script by its digest. */
    ProtocolCommand command() {
        return script == null ? Command.PING : Command.EVALSHA;
    }

    /** Sent when Redis has forgotten the script: its whole source, which also loads it again. */
    synchronized byte[] @Nullable [] wordsWithSource() {
        if (words == null || script == null) {
            return null;
        }
        byte[][] whole = words.clone();
        whole[0] = script.source();
        return whole;
    }

    /** The command's arguments, or null when the caller has left meanwhile. */
    synchronized byte[] @Nullable [] words() {
        return words;
    }

    /** Whether a reply belongs to this call: it starts with our nonce. */
    boolean owns(@Nullable Object reply) {
        Object first = reply instanceof List<?> list && !list.isEmpty() ? list.getFirst() : reply;
        return first instanceof byte[] bytes && Arrays.equals(bytes, nonce);
    }

    /** Lane: the reply came. */
    synchronized void answer(Object reply) {
        state = State.OVER;
        words = null;
        List<?> elements = reply instanceof List<?> list ? list.subList(1, list.size()) : List.of();
        result.complete(new RedisReply(elements));
    }

    /** Lane: Redis refused; nothing was written. */
    synchronized void refuse(String message) {
        end(new StoreUnavailable(message, attempts > 1));
    }

    /** Lane: the connection failed; true when the call should be sent once more. */
    synchronized boolean lost(String message) {
        if (state == State.SENT && attempts < maxAttempts && !isOver()) {
            state = State.WAITING;
            return true;
        }
        end(new StoreUnavailable(message, attempts > 0));
        return false;
    }

    @Override
    public void endIfOver() {
        if (isOver()) {
            abandon();
        }
    }

    @Override
    public void endNow() {
        abandon();
    }

    /** Caller: stops waiting. What has not been sent never will be. */
    synchronized void abandon() {
        end(new StoreUnavailable("no answer in time", attempts > 0));
    }

    private void end(StoreUnavailable problem) {
        state = State.OVER;
        words = null; // may hold a megabyte, and the shell can stay queued for a while
        result.completeExceptionally(problem);
    }
}
