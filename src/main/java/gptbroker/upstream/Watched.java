package gptbroker.upstream;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;

/** A stream that tells a decorator what became of it, each thing once. */
final class Watched implements DeltaStream {
    /** What a decorator may want to know; called by the reading thread, {@link #closed} by the closing one. */
    interface Watcher {
        /** The first piece of text came. */
        default void began() {}

        /** The last element came. */
        default void ended(Delta terminal) {}

        /** The stream was closed; comes in any case, if the caller does its duty. */
        default void closed() {}
    }

    private final DeltaStream stream;
    private final Watcher watcher;
    private final AtomicBoolean closed = new AtomicBoolean();
    private boolean begun;
    private boolean over;

    Watched(DeltaStream stream, Watcher watcher) {
        this.stream = stream;
        this.watcher = watcher;
    }

    @Override
    public Optional<Delta> next(Duration patience) throws InterruptedException {
        Optional<Delta> step = stream.next(patience);
        if (step.isPresent()) {
            tell(step.get());
        }
        return step;
    }

    @Override
    public void close() {
        try {
            stream.close();
        } finally {
            if (closed.compareAndSet(false, true)) {
                watcher.closed();
            }
        }
    }

    private void tell(Delta delta) {
        if (delta instanceof Delta.Text) {
            if (!begun) {
                begun = true;
                watcher.began();
            }
        } else if (!over) {
            over = true;
            watcher.ended(delta);
        }
    }
}
