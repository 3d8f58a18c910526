package gptbroker;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Supplier;

/**
 * What another thread has begun to make, to be taken where it is needed: some libraries take a tenth of a second to get
 * ready, and a start has more than one core. Thread-safe.
 */
final class Early<T> {
    private final CompletableFuture<T> result;

    private Early(CompletableFuture<T> result) {
        this.result = result;
    }

    /** Begins at once. */
    static <T> Early<T> begin(Supplier<T> work) {
        return new Early<>(CompletableFuture.supplyAsync(
                work, task -> Thread.ofPlatform().daemon().name("early").start(task)));
    }

    /** Waits for it; throws what making it has thrown. */
    T get() {
        try {
            return result.join();
        } catch (CompletionException e) {
            if (e.getCause() instanceof RuntimeException failure) {
                throw failure;
            }
            throw e;
        }
    }
}
