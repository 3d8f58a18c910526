package gptbroker.upstream;

import gptbroker.config.BrokerConfig;
import gptbroker.ops.Patience;
import gptbroker.problem.Problem;
import io.helidon.http.ClientResponseHeaders;
import io.helidon.webclient.api.HttpClientResponse;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * One request on its way. A virtual thread of its own talks to the provider, so that whoever waits for the answer can
 * give up at any moment, from any thread, be it in a name look-up, a handshake or a silent stream; all deadlines are
 * kept on the waiting side. Where a kept connection is at hand and nothing but the whole answer is of interest, the
 * asking thread talks itself: an interrupt ends its reads as well, and two switches between threads are saved.
 */
abstract class Exchange {
    /** How a request is written and sent, and how a refusal is read. */
    interface Wire {
        HttpClientResponse send(Lease lease);

        Problem refusal(HttpClientResponse response, Link link);
    }

    private static final Duration DRAIN = Duration.ofSeconds(1);
    private static final int MOST_DRAINED = 64 * 1024;

    private final Connections connections;
    private final Patience patience;
    private final Wire wire;
    private final BrokerConfig.Upstream limits;
    private final LongSupplier nanoTime;
    private final long started;
    private @Nullable Thread talking;
    private boolean interruptedHere;
    private volatile @Nullable Lease lease;
    private volatile boolean cancelled;
    private volatile long headAt;
    private volatile boolean hasHead;
    private volatile boolean hasBody;

    Exchange(
            Connections connections,
            Wire wire,
            BrokerConfig.Upstream limits,
            LongSupplier nanoTime,
            Patience patience) {
        this.connections = connections;
        this.patience = patience;
        this.wire = wire;
        this.limits = limits;
        this.nanoTime = nanoTime;
        this.started = nanoTime.getAsLong();
    }

    /** Most bytes of the answer on the wire, head included. */
    abstract long mostBytes();

    /** Most bytes that may wait in one piece, such as a chunk. */
    abstract long mostPending();

    /** Whether an answer of this status is one, and no refusal. */
    boolean isGood(int status) {
        return status == 200;
    }

    /** The head of a good answer is there. */
    abstract void answered(HttpClientResponse response);

    /** Reads the body of a good answer, as far as it is of interest. */
    abstract void receive(InputStream body, ClientResponseHeaders headers) throws IOException, InterruptedException;

    /** The exchange failed before or in the body. */
    abstract void failed(Problem problem);

    /** Begins on a thread of its own. */
    final void start() {
        Thread reader = Thread.ofVirtual().unstarted(this::run);
        synchronized (this) {
            talking = reader;
        }
        reader.start();
    }

    /** Runs from beginning to end; on this thread where that can be cut short at any moment. */
    final <T> T runFor(CompletableFuture<T> owed) {
        // Only virtual threads can be interrupted in a read; and connecting may hang in a name look-up, which nothing
        // ends.
        Lease kept = Thread.currentThread().isVirtual() ? connections.takeKept() : null;
        if (kept == null) {
            start();
            return await(owed);
        }
        var wait = new Owed(owed);
        patience.watch(wait);
        try {
            runHere(kept);
            return outcome(owed);
        } catch (InterruptedException e) {
            throw interrupted();
        } finally {
            patience.forget(wait);
        }
    }

    /** Ends the exchange at once; does nothing to one that is over. */
    final void cancel() {
        cancelled = true;
        synchronized (this) {
            if (talking != null) {
                interruptedHere = true;
                talking.interrupt();
            }
        }
        Lease held = lease;
        if (held != null) {
            held.closeResource();
        }
    }

    /** The nanoseconds until the next deadline, measured from the last sign of life. */
    final long untilDeadline(long lastSign) {
        long now = nanoTime.getAsLong();
        long total = limits.totalTimeout().toNanos() - (now - started);
        return Math.min(total, untilSilent(now, lastSign));
    }

    final boolean isPastTotal() {
        return nanoTime.getAsLong() - started >= limits.totalTimeout().toNanos();
    }

    final long now() {
        return nanoTime.getAsLong();
    }

    final BrokerConfig.Upstream limits() {
        return limits;
    }

    /** Reads from the body; counts as a sign of life. */
    final int read(InputStream body, byte[] buffer) throws IOException {
        int count = body.read(buffer);
        if (count < 0) {
            return count; // the connection may serve another call already
        }
        hasBody = true;
        Lease held = lease;
        if (held != null) {
            held.link().handedOut();
        }
        return count;
    }

    /** Waits for what the reader owes, as long as the deadlines allow. */
    final <T> T await(CompletableFuture<T> owed) {
        var wait = new Owed(owed);
        patience.watch(wait);
        try {
            return outcome(owed);
        } catch (InterruptedException e) {
            cancel();
            throw interrupted();
        } finally {
            patience.forget(wait);
        }
    }

    private static <T> T outcome(CompletableFuture<T> owed) throws InterruptedException {
        try {
            return owed.get();
        } catch (ExecutionException e) {
            throw e.getCause() instanceof Problem problem ? problem : Faults.unexpected(e.getCause());
        }
    }

    private static Problem interrupted() {
        Thread.currentThread().interrupt();
        return Faults.cancelled();
    }

    /** Ends somebody's wait for what the reader owes. */
    private final class Owed implements Patience.Wait {
        private final CompletableFuture<?> owed;

        Owed(CompletableFuture<?> owed) {
            this.owed = owed;
        }

        @Override
        public void endIfOver() {
            if (untilDeadline(started) <= 0) {
                end(timeout());
            }
        }

        @Override
        public void endNow() {
            end(Faults.cancelled());
        }

        private void end(Problem problem) {
            owed.completeExceptionally(problem);
            cancel();
        }
    }

    /** What the caller is told when a deadline has passed. */
    final Problem timeout() {
        String where = hasBody ? "silent or too long in the answer" : hasHead ? "no body" : "no answer";
        return Fault.of(Fault.Kind.TIMEOUT, where).problem();
    }

    private long untilSilent(long now, long lastSign) {
        if (!hasHead) {
            return limits.firstByteTimeout().toNanos() - (now - started);
        }
        Lease held = lease;
        if (!hasBody || held == null) {
            return limits.firstByteTimeout().toNanos() - (now - headAt);
        }
        long silent = Math.min(now - held.link().lastReceived(), now - lastSign);
        return limits.idleTimeout().toNanos() - silent;
    }

    private void run() {
        try {
            talkOver(connections.take());
        } catch (Throwable e) {
            giveUp(e); // errors too: somebody waits for an outcome
        }
    }

    /** On the asker's thread, which goes on afterwards: no interrupt of ours may be left in it. */
    private void runHere(Lease kept) {
        synchronized (this) {
            talking = Thread.currentThread();
        }
        try {
            talkOver(kept);
        } catch (Throwable e) {
            giveUp(e);
        } finally {
            synchronized (this) {
                talking = null;
                if (interruptedHere) {
                    Thread.interrupted();
                }
            }
        }
    }

    private void talkOver(Lease taken) throws IOException, InterruptedException {
        taken.link().begin(mostBytes(), mostPending());
        lease = taken;
        if (cancelled) {
            throw Faults.cancelled();
        }
        talk(taken);
    }

    private void talk(Lease taken) throws IOException, InterruptedException {
        try (HttpClientResponse response = wire.send(taken)) {
            headAt = nanoTime.getAsLong();
            hasHead = true;
            if (!isGood(response.status().code())) {
                throw wire.refusal(response, taken.link());
            }
            Faults.requireReadable(response.headers());
            answered(response);
            InputStream body = response.inputStream();
            receive(body, response.headers());
            drain(body, taken);
        }
    }

    /** The provider's last bytes are read so that the connection can serve the next call; not for long. */
    private void drain(InputStream body, Lease taken) {
        if (taken.isOver()) {
            return;
        }
        try {
            taken.readTimeout(DRAIN);
            taken.link().begin(MOST_DRAINED, MOST_DRAINED);
            long until = nanoTime.getAsLong() + DRAIN.toNanos();
            byte[] rest = new byte[512];
            while (body.read(rest) >= 0 && nanoTime.getAsLong() - until < 0) {
                taken.link().handedOut();
            }
        } catch (IOException | RuntimeException e) {
            taken.closeResource(); // the answer is complete; only the connection is lost
        }
    }

    private void giveUp(Throwable e) {
        Lease held = lease;
        if (held != null) {
            held.closeResource();
        }
        if (cancelled || Thread.currentThread().isInterrupted()) {
            failed(Faults.cancelled());
            return;
        }
        boolean stale = held != null && held.isReused() && held.link().received() == 0;
        if (stale) {
            connections.dropIdle();
        }
        failed(Faults.of(e, held != null, stale));
    }
}
