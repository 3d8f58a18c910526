package gptbroker.upstream;

import gptbroker.config.BrokerConfig;
import gptbroker.ops.Patience;
import gptbroker.problem.Problem;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.CompletableFuture;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * An exchange whose answer is read while it comes, by whoever wants its next step: a thread between the provider and the
 * client would cost each chunk a queue and a second waking-up. So a slow client slows the provider, and what waits here
 * is what one read has brought. Silence is the business of a {@link Standby}.
 *
 * @param <T> a step of the answer
 */
abstract class Live<T extends Step> extends Exchange implements Steps<T>, Standby.Watched {
    private final CompletableFuture<Boolean> head = new CompletableFuture<>();
    private final Deque<T> steps = new ArrayDeque<>();
    private final LongSupplier nanoTime;
    private final Standby standby;
    private @Nullable Body body;
    private @Nullable T last;
    private volatile boolean timedOut;
    private volatile boolean lastTaken;

    Live(
            Connections connections,
            Wire wire,
            BrokerConfig.Upstream limits,
            LongSupplier nanoTime,
            Patience patience,
            Patience streams) {
        super(connections, wire, limits, nanoTime, patience);
        this.nanoTime = nanoTime;
        this.standby = new Standby(this, nanoTime, streams);
    }

    /** The last step of an answer that broke off. */
    abstract T broken(Problem problem);

    /** Takes content of the body; the bytes are valid during the call only. */
    abstract void content(byte[] bytes, int from, int to);

    /**
     * Nothing more comes: to {@link #end} or to throw.
     *
     * @param whole whether the body is, as far as its framing tells
     */
    abstract void bodyOver(boolean whole);

    /** Sends the request and waits for the head. */
    final void begin() {
        runFor(head);
        standby.begin();
    }

    /** The head is there, and whatever the caller wants to know of it. */
    final void headCame(Body found) {
        body = found;
        head.complete(true); // if it comes too late, the connection has been closed
    }

    @Override
    public final <X extends Exception> T next(Duration every, Silence<X> silence) throws InterruptedException, X {
        long waitingSince = now();
        while (true) {
            if (Thread.interrupted()) {
                throw new InterruptedException();
            }
            breakOffIfOver();
            T step = steps.isEmpty() ? last : steps.poll();
            if (step != null) {
                lastTaken = step.isLast();
                return step;
            }
            read(waitingSince, every, silence);
        }
    }

    @Override
    public final void close() {
        standby.end();
        Body open = body;
        if (!lastTaken) {
            cancel();
        } else if (open != null && !open.isOver()) {
            // Nobody is to wait for it: the client has everything.
            Thread.ofVirtual().start(() -> open.drain(nanoTime));
        }
    }

    @Override
    public final void timeUp() {
        timedOut = true;
        cancel();
    }

    @Override
    public final void stop() {
        cancel();
    }

    /** Adds a step. */
    final void put(T step) {
        steps.add(step);
    }

    /** Adds the last step; the first one to come stays. */
    final void end(T terminal) {
        if (last == null) {
            last = terminal;
        }
    }

    @Override
    final void failed(Problem problem) {
        end(broken(timedOut ? timeout() : problem));
        head.completeExceptionally(problem);
    }

    private <X extends Exception> void read(long waitingSince, Duration every, Silence<X> silence) throws X {
        Body open = body;
        if (open == null) {
            throw new IllegalStateException("not begun");
        }
        standby.stand(waitingSince, every, silence);
        try {
            switch (open.read(this::content)) {
                case WHOLE -> bodyOver(true);
                case CUT -> bodyOver(false);
                case CAME -> {}
            }
        } catch (RuntimeException e) {
            giveUp(e);
        } finally {
            standby.<X>leave();
        }
    }

    private void breakOffIfOver() {
        if (last != null) {
            return;
        }
        if (isPastTotal()) {
            timeUp();
        }
        if (isCancelled()) {
            steps.clear();
            end(broken(timedOut ? timeout() : Faults.cancelled()));
        }
    }
}
