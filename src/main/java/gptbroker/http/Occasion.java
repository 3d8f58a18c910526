package gptbroker.http;

import gptbroker.problem.ProblemCode;
import java.util.Optional;
import java.util.UUID;

/** What a call to a model is made for: a client's request, or an errand of the broker's own. For one thread. */
public interface Occasion {
    /** A UUIDv7 of its own. */
    UUID id();

    /** {@link System#nanoTime} when it began. */
    long startNanos();

    /** What is found out about it. */
    Trace trace();

    /** Tells the client something, if there is one; as {@link Exchange#header}. */
    void header(String name, String value);

    /**
     * To be called by its own thread when all is decided and only the end of the answer is left to be written: an interrupt
     * of the broker's own has done its work then, and must not cost the client the last bytes.
     */
    void lastWords();

    /** Why the broker itself interrupted it: its total time is over, or the broker is shutting down. */
    Optional<ProblemCode> interruption();
}
