package gptbroker.upstream;

import gptbroker.config.BrokerConfig;
import gptbroker.ops.Patience;
import gptbroker.problem.Problem;
import io.helidon.webclient.api.HttpClientResponse;
import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * One request on its way. Until the answer is there that somebody waits for, a virtual thread of its own talks to the
 * provider, so that the wait can be given up at any moment, from any thread, be it in a name look-up, a handshake or a
 * silence; all deadlines are kept on the waiting side. Where a kept connection is at hand the asking thread talks itself:
 * an interrupt ends its reads as well, and two switches between threads are saved.
 */
abstract class Exchange {
    /** How a request is written and sent, and how a refusal is read. */
    interface Wire {
        HttpClientResponse send(Lease lease);

        Problem refusal(HttpClientResponse response, Link link);
    }

    /** Of an answer's head, and of what comes with it. */
    private static final int MOST_AHEAD = 1024 * 1024;

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
    private volatile @Nullable Body body;

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

    /** Whether an answer of this status is one, and no refusal. */
    boolean isGood(int status) {
        return status == 200;
    }

    /** The head of a good answer is there; reads as much of the body as somebody waits for already. */
    abstract void answered(HttpClientResponse response, Body body) throws IOException;

    /** The exchange failed before or in the body. */
    abstract void failed(Problem problem);

    /** Begins on a thread of its own. */
    private void start() {
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
    public final long untilDeadline(long lastSign) {
        long now = nanoTime.getAsLong();
        long total = limits.totalTimeout().toNanos() - (now - started);
        return Math.min(total, untilSilent(now, lastSign));
    }

    final boolean isCancelled() {
        return cancelled;
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

    /** Waits for what the talking thread owes, as long as the deadlines allow. */
    private <T> T await(CompletableFuture<T> owed) {
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

    /** Ends somebody's wait for what the talking thread owes. */
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
        Body begun = body;
        String where = begun == null ? "no answer" : begun.hasBegun() ? "silent or too long in the answer" : "no body";
        return Fault.of(Fault.Kind.TIMEOUT, where).problem();
    }

    private long untilSilent(long now, long lastSign) {
        Body begun = body;
        if (begun == null) {
            return limits.firstByteTimeout().toNanos() - (now - started);
        }
        Lease held = lease;
        if (!begun.hasBegun() || held == null) {
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

    private void talkOver(Lease taken) throws IOException {
        taken.link().begin(mostBytes(), MOST_AHEAD);
        lease = taken;
        if (cancelled) {
            throw Faults.cancelled();
        }
        HttpClientResponse response = wire.send(taken);
        int status = response.status().code();
        headAt = nanoTime.getAsLong();
        if (!isGood(status)) {
            try (response) {
                throw wire.refusal(response, taken.link());
            }
        }
        Faults.requireReadable(response.headers());
        // Not closed: it would look for a body that is ours, on a connection that may be another call's by then.
        Body answer = new Body(taken, status, response.headers());
        body = answer;
        answered(response, answer);
    }

    /** Ends the exchange by what was thrown on the way. */
    final void giveUp(Throwable e) {
        Lease held = lease;
        boolean stale = held != null
                && held.isReused()
                && !held.isOver() // the link may be another call's
                && held.link().received() == 0;
        if (held != null) {
            held.closeResource();
        }
        if (cancelled || Thread.currentThread().isInterrupted()) {
            failed(Faults.cancelled());
            return;
        }
        if (stale) {
            connections.dropIdle();
        }
        failed(Faults.of(e, held != null, stale));
    }
}
