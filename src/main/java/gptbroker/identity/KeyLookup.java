package gptbroker.identity;

import gptbroker.problem.Problem;
import java.util.Optional;

/** Finds whose an API key is. Implementations are thread-safe, and bound what guessing costs. */
@FunctionalInterface
public interface KeyLookup {
    /** There are no keys. */
    KeyLookup NONE = (key, sha256) -> Optional.empty();

    /**
     * The caller of a key; empty when there is none, or it has been revoked.
     *
     * @param key its text, to be judged by its form and kept nowhere
     * @param sha256 of the text
     * @throws Problem 503 {@code identity_unavailable} when nothing that could tell is there: an outage neither opens
     *     nor looks like a bad key
     */
    Optional<Caller> find(String key, byte[] sha256);
}
