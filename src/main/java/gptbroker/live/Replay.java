package gptbroker.live;

import gptbroker.http.AnswerStream;
import gptbroker.http.ClientGone;
import gptbroker.http.Exchange;
import gptbroker.live.Heard.Frame;
import gptbroker.problem.Problem;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One resumed answer: what is recorded after a frame, then what comes. For one thread. */
final class Replay {
    private static final Logger LOG = LoggerFactory.getLogger(Replay.class);
    private static final byte[] PING = ": ping\n\n".getBytes(StandardCharsets.US_ASCII);
    /** Silence after which the writer may be dead. */
    private static final Duration SILENCE = Duration.ofSeconds(3);

    private static final int SILENCES_A_PING = 4;

    private final Subscription subscription;
    private final Recording.Head head;
    private final long after;
    private final BooleanSupplier underWay;

    /**
     * @param after the number of the last frame that the client has got; 0 for none
     * @param underWay whether the writer is still at it; throws {@link Problem} when nobody knows
     */
    Replay(Subscription subscription, Recording.Head head, long after, BooleanSupplier underWay) {
        this.subscription = subscription;
        this.head = head;
        this.after = after;
        this.underWay = underWay;
    }

    void run(Exchange exchange) throws ClientGone, InterruptedException {
        exchange.header("Cache-Control", "no-cache, no-transform");
        exchange.header("X-Accel-Buffering", "no");
        AnswerStream out = exchange.stream(200, head.contentType());
        if (exchange.method().equals("HEAD")) {
            return;
        }
        boolean over = false;
        for (int silences = 0; ; ) {
            Optional<Heard> heard = subscription.next(SILENCE);
            if (heard.isPresent()) {
                silences = 0;
                if (!(heard.get() instanceof Frame frame)) {
                    break; // The buffer has lost frames, and so the answer.
                }
                if (passLast(out, frame)) {
                    return;
                }
            } else if (over) {
                break;
            } else {
                // Once more round: the last frames may be on their way.
                over = hasEnded();
                silences++;
                if (head.isEvents() && silences % SILENCES_A_PING == 1) {
                    write(out, PING);
                }
            }
        }
        write(out, head.interrupted().getBytes(StandardCharsets.UTF_8));
    }

    /** Whether it was the end. */
    private boolean passLast(AnswerStream out, Frame frame) throws ClientGone {
        Recording.Kind kind = Recording.Kind.of(frame.body()).orElseThrow(IllegalStateException::new);
        // The head is the record's first entry.
        if (kind == Recording.Kind.FRAME && frame.id().number() - 1 > after) {
            write(out, Arrays.copyOfRange(frame.body(), 1, frame.body().length));
        }
        return kind == Recording.Kind.END;
    }

    private boolean hasEnded() {
        try {
            return !underWay.getAsBoolean();
        } catch (Problem unknown) {
            LOG.debug("nobody knows whether the writer lives: {}", unknown.code());
            return false;
        }
    }

    private static void write(AnswerStream out, byte[] bytes) throws ClientGone {
        out.write(bytes);
        out.flush();
    }
}
