package gptbroker.prompt;

import gptbroker.http.Dialect;
import java.util.Optional;

/**
 * One prompt endpoint: how its question is read and its answer written.
 *
 * @param method HTTP method
 * @param path its path, also its name in the archive
 * @param parser reads the question
 * @param answer writes the answer
 * @param dialect shapes its errors
 * @param units what a call costs of the day
 * @param cache whether and how its answers may be given again
 */
record Endpoint(
        String method,
        String path,
        PromptParser parser,
        Answer answer,
        Dialect dialect,
        int units,
        Optional<Recall.Policy> cache) {
    /** One whose calls cost one unit and are answered anew each time. */
    Endpoint(String method, String path, PromptParser parser, Answer answer, Dialect dialect) {
        this(method, path, parser, answer, dialect, 1, Optional.empty());
    }
}
