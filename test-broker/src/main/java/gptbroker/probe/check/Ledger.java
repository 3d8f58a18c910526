package gptbroker.probe.check;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Keeps our own books of the day's quota and compares each answer with them: a success costs exactly one unit, a refusal
 * none. Not thread-safe: the calls of one user are made one after the other.
 */
final class Ledger {
    private final List<String> disagreements = new ArrayList<>();
    private Optional<Allowance> last = Optional.empty();
    private int comparisons;
    private int spent;

    /** Books one answer to a signed-in call of a prompt endpoint. */
    void book(Ask ask, Reply reply) {
        book(ask, reply, 1);
    }

    /** Books one answer to a signed-in request that costs nothing however it ends. */
    void bookFree(Ask ask, Reply reply) {
        book(ask, reply, 0);
    }

    /** The price of the last call is not known here: the next answer is not compared with the one before. */
    void skip() {
        last = Optional.empty();
    }

    private void book(Ask ask, Reply reply, int price) {
        boolean success = price > 0 && reply.status() >= 200 && reply.status() < 300;
        if (success) {
            spent++;
        }
        Optional<Allowance> now = Allowance.of(reply);
        if (reply.status() >= 500 || success && now.isEmpty()) {
            // A failed model is refunded after its answer's head was written: that head cannot be held against it.
            last = Optional.empty();
            return;
        }
        if (now.isPresent()) {
            last.ifPresent(before -> compare(ask, reply, success ? 1 : 0, before, now.get()));
            last = now;
        }
    }

    private void compare(Ask ask, Reply reply, int cost, Allowance before, Allowance after) {
        if (after.resetSeconds() > before.resetSeconds()) {
            return; // Midnight has passed: a new day with a new quota.
        }
        comparisons++;
        long charged = before.remaining() - after.remaining();
        // What is used up cannot go down.
        if (charged != Math.min(cost, before.remaining())) {
            disagreements.add("%s (%d) cost %d instead of %d".formatted(ask.label(), reply.status(), charged, cost));
        }
    }

    /** Answers that could be compared with the one before. */
    int comparisons() {
        return comparisons;
    }

    /** What the broker charged differently from what it should. */
    List<String> disagreements() {
        return List.copyOf(disagreements);
    }

    /** Units that this run has used. */
    int spent() {
        return spent;
    }

    /** What the last answer said is left today. */
    Optional<Allowance> last() {
        return last;
    }
}
