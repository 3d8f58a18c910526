package gptbroker.prompt;

import gptbroker.http.ClientGone;
import gptbroker.problem.Problem;
import gptbroker.upstream.Call;
import gptbroker.upstream.DeltaStream;
import gptbroker.upstream.Upstream;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Opens a stream on a thread of its own, so that the client's thread stays free for heartbeats: a provider that thinks
 * for a minute sends not even a head meanwhile, and a client that has left is only found out by writing to it.
 */
final class Opening {
    /** What to do each time that the provider has been silent for a while. */
    interface Heartbeat {
        void beat() throws ClientGone;
    }

    private final CompletableFuture<DeltaStream> stream = new CompletableFuture<>();
    private final Thread opener;

    private Opening(Upstream upstream, Call call) {
        opener = Thread.ofVirtual().name("open").start(() -> open(upstream, call));
    }

    /**
     * Waits for the stream; whatever ends the wait early also gives up the call.
     *
     * @throws Problem as {@link Upstream#stream}
     */
    static DeltaStream of(Upstream upstream, Call call, Duration silence, Heartbeat heartbeat)
            throws ClientGone, InterruptedException {
        var opening = new Opening(upstream, call);
        boolean handedOver = false;
        try {
            DeltaStream opened = opening.await(silence, heartbeat);
            handedOver = true;
            return opened;
        } finally {
            if (!handedOver) {
                opening.giveUp();
            }
        }
    }

    private void open(Upstream upstream, Call call) {
        try {
            DeltaStream opened = upstream.stream(call);
            if (!stream.complete(opened)) {
                opened.close();
            }
        } catch (Throwable failed) {
            stream.completeExceptionally(failed);
        }
    }

    private DeltaStream await(Duration silence, Heartbeat heartbeat) throws ClientGone, InterruptedException {
        while (true) {
            try {
                return stream.get(silence.toNanos(), TimeUnit.NANOSECONDS);
            } catch (TimeoutException silent) {
                heartbeat.beat();
            } catch (ExecutionException failed) {
                if (failed.getCause() instanceof Problem problem) {
                    throw problem;
                }
                throw new IllegalStateException("opening a stream failed", failed.getCause());
            }
        }
    }

    /** Either the opener finds the future completed and closes what it has got, or it is closed here. */
    private void giveUp() {
        if (!stream.cancel(false) && !stream.isCompletedExceptionally()) {
            stream.join().close();
        }
        opener.interrupt();
    }
}
