package gptbroker.openai;

import gptbroker.http.AnswerStream;
import gptbroker.http.ClientGone;
import gptbroker.http.Exchange;
import gptbroker.problem.Problem;
import gptbroker.upstream.Piece;
import gptbroker.upstream.RawAnswer;
import gptbroker.upstream.RawCall;
import gptbroker.upstream.Upstream;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;

/** Passes a request on to the provider, and its answer back, as they are. */
final class Passage {
    static final Duration PATIENCE = Duration.ofSeconds(10);

    private Passage() {}

    /** The call that a request stands for, without what belongs to one side alone. */
    static RawCall call(Exchange exchange, String path, String model, byte[] body, boolean foreign) {
        // A HEAD is answered as the GET that it stands for; the listener keeps the body back.
        String method = exchange.method().equals("HEAD") ? "GET" : exchange.method();
        return new RawCall(
                method, path, exchange.rawQuery(), model, RelayHeaders.request(exchange, foreign), body, foreign);
    }

    /** Asks, and waits for the head of the answer, as long as somebody is there to have it. */
    static RawAnswer open(Exchange exchange, Upstream upstream, RawCall call) throws ClientGone {
        long asked = System.nanoTime();
        try {
            return exchange.attend(() -> upstream.relay(call));
        } finally {
            exchange.trace().upstreamSince(asked);
        }
    }

    /**
     * Passes a body on, piece by piece.
     *
     * @param copy gets all that the client gets
     * @param head writes the head
     * @param atEnd runs before the client can know that it has everything
     */
    static void pass(Exchange exchange, RawAnswer answer, Copy copy, Runnable head, Runnable atEnd)
            throws ClientGone, InterruptedException {
        AnswerStream out = null;
        while (true) {
            switch (next(exchange, answer, PATIENCE).orElse(null)) {
                case null -> {
                    // The upstream's own deadlines end it.
                }
                case Piece.Bytes(byte[] bytes) -> {
                    if (out == null) {
                        head.run();
                        out = exchange.stream(answer.status(), type(answer));
                    }
                    copy.add(bytes);
                    out.write(bytes);
                    out.flush();
                }
                case Piece.Broken(Problem problem) -> throw problem;
                case Piece.End ignored -> {
                    atEnd.run();
                    if (out == null) {
                        head.run();
                        exchange.send(answer.status());
                    }
                    return;
                }
            }
        }
    }

    static boolean isEventStream(String type) {
        return type.toLowerCase(Locale.ROOT).startsWith("text/event-stream");
    }

    /** The next piece; the wait for it is the provider's. */
    static Optional<Piece> next(Exchange exchange, RawAnswer answer, Duration patience) throws InterruptedException {
        long asked = System.nanoTime();
        try {
            return answer.next(patience);
        } finally {
            exchange.trace().upstreamSince(asked);
        }
    }

    static String type(RawAnswer answer) {
        return RelayHeaders.value(answer.headers(), "content-type", "application/octet-stream");
    }
}
