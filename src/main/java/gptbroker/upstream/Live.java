package gptbroker.upstream;

import gptbroker.config.BrokerConfig;
import gptbroker.ops.Patience;
import gptbroker.problem.Problem;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * An exchange whose answer is read while it comes, by whoever wants its next step: a thread between the provider and the
 * client would cost each chunk a queue and a second waking-up. So a slow client slows the provider, and what waits here
 * is what one read has brought.
 *
 * @param <T> a step of the answer
 */
abstract class Live<T extends Step> extends Exchange implements Steps<T> {
    private final CompletableFuture<Boolean> head = new CompletableFuture<>();
    private final Deque<T> steps = new ArrayDeque<>();
    private final LongSupplier nanoTime;
    private @Nullable Body body;
    private @Nullable T last;
    private boolean waiting;
    private long waitingSince;
    private volatile boolean lastTaken;

    Live(Connections connections, Wire wire, BrokerConfig.Upstream limits, LongSupplier nanoTime, Patience patience) {
        super(connections, wire, limits, nanoTime, patience);
        this.nanoTime = nanoTime;
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
    }

    /** The head is there, and whatever the caller wants to know of it. */
    final void headCame(Body found) {
        body = found;
        head.complete(true); // if it comes too late, the connection has been closed
    }

    @Override
    public final Optional<T> next(Duration patience) throws InterruptedException {
        long now = now();
        long until = now + patience.toNanos();
        if (!waiting) {
            waiting = true;
            waitingSince = now;
        }
        while (true) {
            if (Thread.interrupted()) {
                throw new InterruptedException();
            }
            endIfOver();
            T step = steps.isEmpty() ? last : steps.poll();
            if (step != null) {
                waiting = false;
                lastTaken = step.isLast();
                return Optional.of(step);
            }
            if (!read(Math.min(until - now(), untilDeadline(waitingSince))) && until - now() <= 0) {
                return Optional.empty();
            }
        }
    }

    @Override
    public final void close() {
        Body open = body;
        if (!lastTaken) {
            cancel();
        } else if (open != null && !open.isOver()) {
            // Nobody is to wait for it: the client has everything.
            Thread.ofVirtual().start(() -> open.drain(nanoTime));
        }
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

    final boolean isEnded() {
        return last != null;
    }

    @Override
    final void failed(Problem problem) {
        end(broken(problem));
        head.completeExceptionally(problem);
    }

    /** Whether anything came of it. */
    private boolean read(long nanos) {
        Body open = body;
        if (open == null) {
            throw new IllegalStateException("not begun");
        }
        try {
            Body.Outcome outcome = open.read(nanos, this::content);
            switch (outcome) {
                case WHOLE -> bodyOver(true);
                case CUT -> bodyOver(false);
                case CAME, SILENCE -> {}
            }
            return outcome != Body.Outcome.SILENCE;
        } catch (RuntimeException e) {
            giveUp(e);
            return true;
        }
    }

    private void endIfOver() {
        if (last != null) {
            return;
        }
        if (isCancelled()) {
            breakOff(Faults.cancelled());
        } else if (isPastTotal() || steps.isEmpty() && untilDeadline(waitingSince) <= 0) {
            breakOff(timeout());
            cancel();
        }
    }

    private void breakOff(Problem problem) {
        steps.clear();
        end(broken(problem));
    }
}
