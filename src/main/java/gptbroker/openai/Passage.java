package gptbroker.openai;

import gptbroker.http.AnswerStream;
import gptbroker.http.ClientGone;
import gptbroker.http.Exchange;
import gptbroker.problem.Problem;
import gptbroker.upstream.Piece;
import gptbroker.upstream.RawAnswer;
import gptbroker.upstream.RawCall;
import gptbroker.upstream.Steps;
import gptbroker.upstream.Upstream;
import java.time.Duration;
import java.util.Locale;

/** Passes a request on to the provider, and its answer back, as they are. */
final class Passage {
    private static final Duration NO_FILLING = Duration.ofDays(1);

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
            switch (next(exchange, answer)) {
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

    /** The next piece; the wait for it is the provider's, whose own deadlines end it. */
    static Piece next(Exchange exchange, RawAnswer answer) throws InterruptedException {
        return next(exchange, answer, NO_FILLING, () -> {});
    }

    /** As above, filling the provider's silence. */
    static <X extends Exception> Piece next(
            Exchange exchange, RawAnswer answer, Duration every, Steps.Silence<X> silence)
            throws InterruptedException, X {
        long asked = System.nanoTime();
        try {
            return answer.next(every, silence);
        } finally {
            exchange.trace().upstreamSince(asked);
        }
    }

    static String type(RawAnswer answer) {
        return RelayHeaders.value(answer.headers(), "content-type", "application/octet-stream");
    }
}
