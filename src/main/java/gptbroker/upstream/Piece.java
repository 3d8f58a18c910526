package gptbroker.upstream;

import gptbroker.problem.Problem;
import org.jspecify.annotations.Nullable;

/** One step of an answer that is relayed as it comes: any number of {@link Bytes}, then exactly one of the others. */
public sealed interface Piece extends Step {
    /** Bytes of the body, not to be changed. */
    record Bytes(byte[] bytes) implements Piece {}

    /** The body is whole, as far as its framing tells. */
    record End() implements Piece {}

    /** The body broke off: connection cut or deadline. */
    record Broken(Problem problem) implements Piece {}

    @Override
    default boolean isLast() {
        return !(this instanceof Bytes);
    }

    @Override
    default @Nullable Problem failure() {
        return this instanceof Broken broken ? broken.problem() : null;
    }
}
