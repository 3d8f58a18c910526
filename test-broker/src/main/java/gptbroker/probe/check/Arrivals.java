package gptbroker.probe.check;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Flow;

/**
 * A response body and when its pieces came.
 *
 * @param bytes the whole body
 * @param nanos one {@link System#nanoTime} for each piece; the client hands chunks over one by one
 */
record Arrivals(byte[] bytes, List<Long> nanos) {
    Arrivals {
        nanos = List.copyOf(nanos);
    }

    /** How many pieces came. */
    int pieces() {
        return nanos.size();
    }

    /** From the first piece to the last. */
    Duration spread() {
        return nanos.isEmpty() ? Duration.ZERO : Duration.ofNanos(nanos.getLast() - nanos.getFirst());
    }

    static HttpResponse.BodySubscriber<Arrivals> subscriber() {
        return new Collector();
    }

    private static final class Collector implements HttpResponse.BodySubscriber<Arrivals> {
        /** Far above any answer we ask for; a broker that sends more without end must not fill our memory. */
        private static final int MAX_BYTES = 16 << 20;

        private final CompletableFuture<Arrivals> whole = new CompletableFuture<>();
        private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        private final List<Long> nanos = new ArrayList<>();

        @Override
        public CompletionStage<Arrivals> getBody() {
            return whole;
        }

        @Override
        public void onSubscribe(Flow.Subscription subscription) {
            subscription.request(Long.MAX_VALUE);
        }

        @Override
        public void onNext(List<ByteBuffer> buffers) {
            long now = System.nanoTime();
            for (ByteBuffer buffer : buffers) {
                if (buffer.hasRemaining()) {
                    nanos.add(now);
                    byte[] piece = new byte[buffer.remaining()];
                    buffer.get(piece);
                    bytes.writeBytes(piece);
                }
            }
            if (bytes.size() > MAX_BYTES) {
                whole.completeExceptionally(new IOException("the answer is larger than 16 MB"));
            }
        }

        @Override
        public void onError(Throwable problem) {
            whole.completeExceptionally(problem);
        }

        @Override
        public void onComplete() {
            whole.complete(new Arrivals(bytes.toByteArray(), nanos));
        }
    }
}
