package gptbroker.identity;

import gptbroker.problem.Problem;
import java.util.Optional;

/** Finds whose a session of our own accounts is. Implementations are thread-safe, and bound what guessing costs. */
@FunctionalInterface
public interface SessionLookup {
    /** There are no accounts. */
    SessionLookup NONE = sha256 -> Optional.empty();

    /**
     * The caller of a session; empty when there is none, or it has ended.
     *
     * @param sha256 of the session's text
     * @throws Problem 503 {@code identity_unavailable} when nothing that could tell is there
     */
    Optional<Caller> find(byte[] sha256);
}
