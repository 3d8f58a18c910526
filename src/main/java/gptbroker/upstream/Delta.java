package gptbroker.upstream;

import gptbroker.problem.Problem;
import java.util.Optional;

/** One step of a streamed answer. A stream is any number of {@link Text}, then exactly one of the other two. */
public sealed interface Delta {
    /** A piece of the answer, never empty. */
    record Text(String text) implements Delta {}

    /** The answer is complete: the provider said {@code [DONE]}. */
    record Done(Optional<Usage> usage, Optional<String> finishReason, Optional<String> upstreamId) implements Delta {}

    /** The answer broke off: connection cut, deadline, error event, or end without {@code [DONE]}. */
    record Broken(Problem problem) implements Delta {}
}
