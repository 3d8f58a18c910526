package gptbroker.upstream;

import gptbroker.problem.Problem;
import org.jspecify.annotations.Nullable;

/** What every step of an answer tells of itself. */
public interface Step {
    /** Whether nothing follows. */
    boolean isLast();

    /** Why the answer broke off; null for every other step. */
    @Nullable
    Problem failure();
}
