package gptbroker.upstream;

import gptbroker.config.BrokerConfig;
import gptbroker.ops.Patience;
import gptbroker.problem.Problem;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.LongSupplier;
import java.util.function.ToIntFunction;

/**
 * An exchange whose answer is read while it comes; deadlines are kept by whoever waits for the next step.
 *
 * @param <T> a step of the answer
 */
abstract class Live<T extends Step> extends Exchange implements Steps<T>, Patience.Wait {
    private final CompletableFuture<Boolean> head = new CompletableFuture<>();
    private final StepQueue<T> queue;
    private final Patience watch;
    private volatile long lastTaken;
    private volatile boolean terminalTaken;

    Live(
            Connections connections,
            Wire wire,
            BrokerConfig.Upstream limits,
            LongSupplier nanoTime,
            Patience patience,
            int mostWaiting,
            ToIntFunction<T> size) {
        super(connections, wire, limits, nanoTime, patience);
        queue = new StepQueue<>(mostWaiting, size, nanoTime);
        watch = patience;
        lastTaken = now();
    }

    /** The last step of an answer that broke off. */
    abstract T broken(Problem problem);

    /** Sends the request and waits for the head. */
    final void begin() {
        start();
        await(head);
        watch.watch(this);
    }

    @Override
    public final void endIfOver() {
        queue.wakeIfOver();
    }

    @Override
    public final void endNow() {
        queue.abort(broken(Faults.cancelled()));
        cancel();
    }

    @Override
    public final Optional<T> next(Duration patience) throws InterruptedException {
        long until = now() + patience.toNanos();
        while (true) {
            if (isPastTotal()) {
                giveUp();
            }
            long left = until - now();
            T step = queue.poll(Math.max(0, Math.min(left, untilDeadline(lastTaken))));
            if (step != null) {
                lastTaken = now();
                terminalTaken = step.isLast();
                return Optional.of(step);
            }
            if (untilDeadline(lastTaken) <= 0) {
                giveUp();
            } else if (until - now() <= 0) {
                return Optional.empty();
            }
        }
    }

    @Override
    public final void close() {
        watch.forget(this);
        // After the last element the reader only sees to its connection, for a second at most.
        if (!terminalTaken) {
            queue.abort(broken(Faults.cancelled()));
            cancel();
        }
    }

    /** The head is there, and whatever the caller wants to know of it. */
    final void headCame() {
        head.complete(true);
    }

    /** Adds a step, by the reading thread; waits while there is no room. */
    final void put(T step) {
        try {
            queue.put(step);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw Faults.cancelled();
        }
    }

    /** Adds the last step. */
    final void end(T last) {
        queue.end(last);
    }

    @Override
    final void failed(Problem problem) {
        head.completeExceptionally(problem);
        queue.end(broken(problem));
    }

    private void giveUp() {
        if (!queue.isEnded()) {
            queue.abort(broken(timeout()));
            cancel();
        }
    }
}
