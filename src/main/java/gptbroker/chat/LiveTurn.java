package gptbroker.chat;

import gptbroker.http.Occasion;
import gptbroker.problem.Problem;
import gptbroker.problem.ProblemCode;
import gptbroker.turn.Ending;
import gptbroker.turn.Turn;
import gptbroker.upstream.Call;
import gptbroker.upstream.Delta;
import gptbroker.upstream.DeltaStream;
import gptbroker.upstream.Upstream;
import java.util.Optional;
import java.util.UUID;

/** A reply as it comes, told to those who read live. Belongs to its request's thread. */
final class LiveTurn {
    private final Upstream upstream;
    private final Live live;
    private final Turn turn;
    private final String before;
    private final StringBuilder reply = new StringBuilder();

    /** @param before what an earlier call has answered of it, which stands if this one comes to nothing */
    LiveTurn(Upstream upstream, Live live, Turn turn, String before) {
        this.upstream = upstream;
        this.live = live;
        this.turn = turn;
        this.before = before;
    }

    /** Stores the reply of a message; without one, takes the message back. False when the message is gone. */
    @FunctionalInterface
    interface Keeper {
        boolean keep(UUID message, Optional<String> reply);
    }

    /**
     * Ends settled, stored and told, in this order: what a reader has seen whole cannot be missing. A broker that stops
     * leaves a reply that has begun to another one, see {@link Orphans}.
     */
    void run(Occasion occasion, Call call, Message message, Keeper keeper) {
        Optional<Problem> failure = relay(occasion, call, message);
        if (failure.isPresent() && isStopping(occasion) && !reply.isEmpty()) {
            return;
        }
        String text = failure.isPresent() && reply.isEmpty() ? before : reply.toString();
        Message whole = message.replied(text);
        if (!keeper.keep(message.id(), failure.isPresent() && text.isEmpty() ? Optional.empty() : whole.reply())) {
            live.gone(message);
            return;
        }
        live.tell(failure.map(problem -> Frame.broken(whole, problem)).orElseGet(() -> Frame.last(whole)));
    }

    private static boolean isStopping(Occasion occasion) {
        return occasion.interruption().filter(ProblemCode.DRAINING::equals).isPresent();
    }

    private Optional<Problem> relay(Occasion occasion, Call call, Message message) {
        try (DeltaStream deltas = upstream.stream(call)) {
            return pass(occasion, deltas, message);
        } catch (Problem failed) {
            // An interrupt while the provider is still being asked looks like its failure, and is ours.
            Problem problem = occasion.interruption().map(Problem::of).orElse(failed);
            return fail(occasion, problem, Ending.failure(turn.hasContent()));
        } catch (InterruptedException stopping) {
            Problem why = Problem.of(occasion.interruption().orElse(ProblemCode.DRAINING));
            return fail(occasion, why, Ending.interruption(turn.hasContent()));
        }
    }

    private Optional<Problem> pass(Occasion occasion, DeltaStream deltas, Message message) throws InterruptedException {
        while (true) {
            switch (deltas.next()) { // silence may be: who reads live is kept awake elsewhere
                case Delta.Text(String text) -> {
                    turn.answered(text);
                    reply.append(text);
                    live.tell(Frame.piece(message, text));
                }
                case Delta.Done(var usage, var finishReason, var upstreamId) -> {
                    turn.told(usage, finishReason, upstreamId);
                    turn.settle(Ending.DONE, Optional.empty());
                    return Optional.empty();
                }
                case Delta.Broken(Problem problem) -> {
                    return fail(occasion, problem, Ending.failure(turn.hasContent()));
                }
            }
        }
    }

    private Optional<Problem> fail(Occasion occasion, Problem problem, Ending ending) {
        turn.settle(ending, Ending.code(problem));
        occasion.trace().problem(problem.code());
        return Optional.of(problem);
    }
}
