package gptbroker.upstream;

import gptbroker.problem.Problem;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * An answer that tells a decorator what became of it, each thing once.
 *
 * @param <T> a step of the answer
 */
abstract class Watched<T extends Step> implements Steps<T> {
    /** What a decorator may want to know; called by the reading thread, {@link #closed} by the closing one. */
    interface Watcher {
        /** The first piece of content came. */
        default void began() {}

        /** The last step came; with a problem when the answer broke off. */
        default void ended(@Nullable Problem failure) {}

        /** The answer was closed; comes in any case, if the caller does its duty. */
        default void closed() {}
    }

    private final Steps<T> steps;
    private final Watcher watcher;
    private final AtomicBoolean closed = new AtomicBoolean();
    private boolean begun;
    private boolean over;

    private Watched(Steps<T> steps, Watcher watcher) {
        this.steps = steps;
        this.watcher = watcher;
    }

    static DeltaStream deltas(DeltaStream stream, Watcher watcher) {
        return new Deltas(stream, watcher);
    }

    static RawAnswer raw(RawAnswer answer, Watcher watcher) {
        return new Raw(answer, watcher);
    }

    @Override
    public final <X extends Exception> T next(Duration every, Silence<X> silence) throws InterruptedException, X {
        T step = steps.next(every, silence);
        tell(step);
        return step;
    }

    @Override
    public final void close() {
        try {
            steps.close();
        } finally {
            if (closed.compareAndSet(false, true)) {
                watcher.closed();
            }
        }
    }

    private void tell(T step) {
        if (!step.isLast()) {
            if (!begun) {
                begun = true;
                watcher.began();
            }
        } else if (!over) {
            over = true;
            watcher.ended(step.failure());
        }
    }

    private static final class Deltas extends Watched<Delta> implements DeltaStream {
        private Deltas(DeltaStream stream, Watcher watcher) {
            super(stream, watcher);
        }
    }

    private static final class Raw extends Watched<Piece> implements RawAnswer {
        private final RawAnswer answer;

        private Raw(RawAnswer answer, Watcher watcher) {
            super(answer, watcher);
            this.answer = answer;
        }

        @Override
        public int status() {
            return answer.status();
        }

        @Override
        public List<RawHeader> headers() {
            return answer.headers();
        }

        @Override
        public Optional<String> upstreamId() {
            return answer.upstreamId();
        }
    }
}
