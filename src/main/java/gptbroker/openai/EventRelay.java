package gptbroker.openai;

import gptbroker.http.ClientGone;
import gptbroker.http.Exchange;
import gptbroker.live.Outlet;
import gptbroker.problem.Problem;
import gptbroker.problem.ProblemCode;
import gptbroker.turn.Ending;
import gptbroker.turn.Turn;
import gptbroker.upstream.Piece;
import gptbroker.upstream.RawAnswer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;

/**
 * Passes a metered stream on, event by event, byte for byte. A failure after the first event is told in one of ours,
 * and nothing follows it; before, the error still has a status.
 */
final class EventRelay {
    private static final Duration HEARTBEAT = Duration.ofSeconds(10);
    private static final byte[] PING = ": ping\n\n".getBytes(StandardCharsets.US_ASCII);

    private final Exchange exchange;
    private final RawAnswer answer;
    private final Meter meter;
    private final Turn turn;
    private final Copy copy;
    private final Runnable atEnd;
    private final EventSplitter splitter = new EventSplitter();
    private final Outlet out;

    /**
     * A relay of one answer.
     *
     * @param outlets opens the client's side
     * @param copy gets all that the client gets
     * @param atEnd runs when the answer is complete and settled, before the client can know
     */
    EventRelay(
            Exchange exchange,
            RawAnswer answer,
            Meter meter,
            Turn turn,
            EventOutlets outlets,
            Copy copy,
            Runnable atEnd) {
        this.exchange = exchange;
        this.answer = answer;
        this.meter = meter;
        this.turn = turn;
        this.copy = copy;
        this.atEnd = atEnd;
        this.out = outlets.open(exchange, turn, () -> {
            turn.tellLimits();
            RelayHeaders.respond(exchange, answer.headers(), false);
        });
    }

    /**
     * Relays to the end.
     *
     * @throws Problem only before the head is sent
     */
    void relay() throws ClientGone, InterruptedException {
        try {
            boolean more = true;
            while (more) {
                more = switch (Passage.next(exchange, answer, HEARTBEAT, this::ping)) {
                    case Piece.Bytes(byte[] bytes) -> pass(bytes);
                    case Piece.End ignored -> end();
                    case Piece.Broken(Problem problem) ->
                        throw exchange.interruption().map(Problem::of).orElse(problem);
                };
            }
        } catch (Problem failed) {
            if (!out.begun()) {
                throw failed;
            }
            turn.settle(Ending.failure(turn.hasContent()), Ending.code(failed));
            tell(failed);
        } catch (InterruptedException stopping) {
            Problem why = Problem.of(exchange.interruption().orElse(ProblemCode.DRAINING));
            turn.settle(Ending.interruption(turn.hasContent()), Ending.code(why));
            if (!out.begun()) {
                throw why;
            }
            tell(why);
        }
    }

    private boolean pass(byte[] bytes) throws ClientGone {
        for (byte[] event : splitter.feed(bytes)) {
            if (!pass(meter.read(event), event)) {
                return false;
            }
        }
        return true;
    }

    private boolean end() throws ClientGone {
        byte[] rest = splitter.rest();
        if (rest.length == 0 || pass(meter.read(rest), rest)) {
            throw Problem.of(ProblemCode.UPSTREAM_FAILED, "the stream ended without its last event");
        }
        return false;
    }

    /** Whether anything may follow. What the client has got whole is settled before. */
    private boolean pass(Meter.Verdict verdict, byte[] event) throws ClientGone {
        if (verdict != Meter.Verdict.HIDE) {
            copy.add(event);
        }
        if (verdict == Meter.Verdict.LAST) {
            meter.tell(answer.upstreamId());
            turn.settle(Ending.DONE, Optional.empty());
            atEnd.run();
        }
        if (verdict != Meter.Verdict.HIDE) {
            out.write(event);
        }
        if (verdict == Meter.Verdict.LAST) {
            out.end();
        }
        return verdict != Meter.Verdict.LAST;
    }

    private void tell(Problem problem) throws ClientGone {
        exchange.trace().problem(problem.code());
        out.write(("data: " + Envelope.json(problem.code()) + "\n\n").getBytes(StandardCharsets.UTF_8));
        out.end();
    }

    private void ping() throws ClientGone {
        out.comment(PING);
    }
}
