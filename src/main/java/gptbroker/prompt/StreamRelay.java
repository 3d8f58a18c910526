package gptbroker.prompt;

import gptbroker.http.ClientGone;
import gptbroker.http.Exchange;
import gptbroker.live.Outlet;
import gptbroker.live.Recording;
import gptbroker.live.Resumes;
import gptbroker.problem.Problem;
import gptbroker.problem.ProblemCode;
import gptbroker.turn.Ending;
import gptbroker.turn.Turn;
import gptbroker.upstream.Delta;
import gptbroker.upstream.DeltaStream;
import gptbroker.upstream.Upstream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Passes a streamed answer on, delta by delta.
 *
 * <p>A client that leaves cancels the upstream and is charged, unless the answer is to be drained: then it is read to its
 * end, and archived as if the client had stayed. One that leaves while the provider is silent is found out by the
 * heartbeat of the SSE form, which does not wait for the provider's head; or by the provider's idle deadline where the
 * line forms have none. A failure after the head is told in the stream; there is no terminator after it.
 */
final class StreamRelay {
    private static final Duration HEARTBEAT = Duration.ofSeconds(10);

    private final Upstream upstream;
    private final Resumes resumes;

    StreamRelay(Upstream upstream, Resumes resumes) {
        this.upstream = upstream;
        this.resumes = resumes;
    }

    /**
     * Relays to the end.
     *
     * @param atEnd gets the finish reason of a complete answer, settled, before the client can know
     * @throws Problem when the answer has not begun; nothing is charged then
     */
    void relay(Exchange exchange, Prompt prompt, Answer.Stream answer, Turn turn, Consumer<Optional<String>> atEnd)
            throws ClientGone, InterruptedException {
        StreamForm form = answer.form().orElseGet(() -> StreamForm.of(exchange));
        var wire = new Wire(exchange, form, outlet(exchange, form, answer.drain(), turn));
        try (DeltaStream deltas = timed(prompt, wire)) {
            pass(deltas, wire, turn, atEnd);
        } catch (Problem failed) {
            // An interrupt while the provider is still being asked looks like its failure, and is ours.
            fail(wire, turn, exchange.interruption().map(Problem::of).orElse(failed));
        } catch (ClientGone gone) {
            turn.settle(Ending.CLIENT_LEFT, Optional.of("client_gone"));
            throw gone;
        } catch (InterruptedException stopping) {
            Problem why = Problem.of(exchange.interruption().orElse(ProblemCode.DRAINING));
            turn.settle(Ending.interruption(turn.hasContent()), Ending.code(why));
            tell(wire, why);
        }
    }

    /** Gives an answer that is known, as a stream that is over at once. */
    static void replay(Exchange exchange, Answer.Stream answer, String text) throws ClientGone {
        StreamForm form = answer.form().orElseGet(() -> StreamForm.of(exchange));
        String frames = (text.isEmpty() ? "" : form.delta(text)) + form.end();
        Resumes.cancelled(exchange, form.contentType(), () -> {}).write(frames.getBytes(StandardCharsets.UTF_8));
    }

    private DeltaStream timed(Prompt prompt, Wire wire) throws ClientGone, InterruptedException {
        long asked = System.nanoTime();
        try {
            return open(prompt, wire);
        } finally {
            wire.exchange.trace().upstreamSince(asked);
        }
    }

    private Outlet outlet(Exchange exchange, StreamForm form, boolean drain, Turn turn) {
        return drain
                ? resumes.drained(
                        exchange, turn.caller(), new Recording.Head(form.contentType(), form.interrupted()), () -> {})
                : Resumes.cancelled(exchange, form.contentType(), () -> {});
    }

    /** Where silence is filled, it is so from the start; else there is nothing to do but wait. */
    private DeltaStream open(Prompt prompt, Wire wire) throws ClientGone, InterruptedException {
        return wire.form.hasHeartbeat()
                ? Opening.of(upstream, prompt.call(), HEARTBEAT, wire::heartbeat)
                : upstream.stream(prompt.call());
    }

    private void pass(DeltaStream deltas, Wire wire, Turn turn, Consumer<Optional<String>> atEnd)
            throws ClientGone, InterruptedException {
        while (true) {
            switch (next(deltas, wire)) {
                case Delta.Text(String text) -> {
                    // First noted, then sent: a write may fail after the client has got all of it.
                    turn.answered(text);
                    wire.write(wire.form.delta(text));
                }
                case Delta.Done(var usage, var finishReason, var upstreamId) -> {
                    turn.told(usage, finishReason, upstreamId);
                    turn.settle(Ending.DONE, Optional.empty());
                    atEnd.accept(finishReason);
                    wire.write(wire.form.end());
                    wire.out.end();
                    return;
                }
                case Delta.Broken(Problem problem) -> {
                    fail(wire, turn, problem);
                    return;
                }
            }
        }
    }

    private static Delta next(DeltaStream deltas, Wire wire) throws ClientGone, InterruptedException {
        long asked = System.nanoTime();
        try {
            return deltas.next(HEARTBEAT, wire::heartbeat);
        } finally {
            wire.exchange.trace().upstreamSince(asked);
        }
    }

    private static void fail(Wire wire, Turn turn, Problem problem) throws ClientGone {
        turn.settle(Ending.failure(turn.hasContent()), Ending.code(problem));
        tell(wire, problem);
    }

    /** The seed's stream tells failures in a line (S3.28); the other forms have a status until they have begun. */
    private static void tell(Wire wire, Problem problem) throws ClientGone {
        wire.exchange.trace().problem(problem.code());
        if (wire.form.hasStatus() && !wire.out.begun()) {
            throw problem;
        }
        wire.write(wire.form.broken());
        wire.out.end();
    }

    /** The client's side. */
    private record Wire(Exchange exchange, StreamForm form, Outlet out) {
        private void heartbeat() throws ClientGone {
            if (form.hasHeartbeat()) {
                out.comment(form.heartbeat().getBytes(StandardCharsets.UTF_8));
            }
        }

        private void write(String frame) throws ClientGone {
            if (frame.isEmpty()) {
                out.begin();
            } else {
                out.write(frame.getBytes(StandardCharsets.UTF_8));
            }
        }
    }
}
