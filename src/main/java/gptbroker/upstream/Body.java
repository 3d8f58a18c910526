package gptbroker.upstream;

import gptbroker.upstream.Framing.Sink;
import io.helidon.http.ClientResponseHeaders;
import io.helidon.http.HeaderValues;
import java.time.Duration;
import java.util.function.LongSupplier;

/**
 * An answer's body, read from its connection straight into what looks at it; Helidon's own reader makes three copies of
 * each chunk first. The connection goes back as soon as the body is whole.
 *
 * <p>For one thread at a time.
 */
final class Body {
    private static final Duration DRAIN = Duration.ofSeconds(1);
    private static final int MOST_DRAINED = 64 * 1024;

    /** What became of a read. */
    enum Outcome {
        /** Something came, perhaps no content. */
        CAME,
        /** The body is whole. */
        WHOLE,
        /** The connection ended before the body. */
        CUT
    }

    private final Lease lease;
    private final Framing framing;
    private final boolean last;
    private volatile boolean begun;

    /** @throws IllegalArgumentException when the head tells nonsense of its body */
    Body(Lease lease, int status, ClientResponseHeaders headers) {
        this.lease = lease;
        framing = Framing.of(status, headers);
        last = headers.containsToken(HeaderValues.CONNECTION_CLOSE);
        if (framing.isOver()) {
            handBack(true);
        }
    }

    /** Whether any byte of it has come. */
    boolean hasBegun() {
        return begun;
    }

    /** Whether it needs its connection no more. */
    boolean isOver() {
        return lease.isOver();
    }

    /** Hands on what one read brings. Waits for it without a limit: whoever keeps the deadlines ends the connection. */
    Outcome read(Sink sink) {
        if (framing.isOver()) {
            return Outcome.WHOLE;
        }
        byte[] bytes = lease.link().read();
        if (bytes == null) {
            lease.closeResource();
            return framing.endsWithConnection() ? Outcome.WHOLE : Outcome.CUT;
        }
        begun = true;
        int end = framing.take(bytes, 0, bytes.length, sink);
        if (framing.isOver()) {
            handBack(end == bytes.length);
            return Outcome.WHOLE;
        }
        return Outcome.CAME;
    }

    /** Reads what nobody needs, so that the connection can serve the next call; not much, and not for long. */
    void drain(LongSupplier nanoTime) {
        try {
            lease.readTimeout(DRAIN);
            lease.link().begin(MOST_DRAINED, MOST_DRAINED);
            long until = nanoTime.getAsLong() + DRAIN.toNanos();
            Outcome outcome = Outcome.CAME;
            while (outcome == Outcome.CAME && nanoTime.getAsLong() - until < 0) {
                outcome = read((bytes, from, to) -> {});
            }
        } catch (RuntimeException e) {
            // The answer is complete; only the connection is lost.
        } finally {
            lease.closeResource(); // unless it has gone back
        }
    }

    private void handBack(boolean clean) {
        if (clean && !last) {
            lease.releaseResource();
        } else {
            lease.closeResource();
        }
    }
}
