package gptbroker.upstream;

import gptbroker.problem.Problem;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** One step of a streamed answer. A stream is any number of {@link Text}, then exactly one of the other two. */
public sealed interface Delta extends Step {
    /** A piece of the answer, never empty. */
    record Text(String text) implements Delta {}

    /** The answer is complete: the provider said {@code [DONE]}. */
    record Done(Optional<Usage> usage, Optional<String> finishReason, Optional<String> upstreamId) implements Delta {}

    /** The answer broke off: connection cut, deadline, error event, or end without {@code [DONE]}. */
    record Broken(Problem problem) implements Delta {}

    @Override
    default boolean isLast() {
        return !(this instanceof Text);
    }

    @Override
    default @Nullable Problem failure() {
        return this instanceof Broken broken ? broken.problem() : null;
    }
}
