package gptbroker.declare;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;

/**
 * One prompt of the file. Immutable, thread-safe.
 *
 * @param name its endpoint's last segment, lower case
 * @param model the public model name
 * @param messages what the model is told, in order; at least one
 * @param input what a request body must be
 * @param temperature sampling temperature; empty: the provider's default
 * @param maxTokens bound of the answer; empty: the provider's default
 * @param form how the answer looks
 * @param units what a call costs of the day
 * @param drain whether a stream is read to its end after its client has left
 * @param cache whether and how answers may be given again; empty: each call is answered anew
 */
public record Declaration(
        String name,
        String model,
        List<Message> messages,
        InputSchema input,
        OptionalDouble temperature,
        OptionalInt maxTokens,
        Form form,
        int units,
        boolean drain,
        Optional<Cache> cache) {
    public Declaration {
        messages = List.copyOf(messages);
    }

    /** How an answer looks. */
    public enum Form {
        /** The text itself. */
        TEXT,
        /** {@code {"message":"…"}}. */
        JSON,
        /** The model is asked for a JSON object, which is the body. */
        MODEL_JSON,
        /** Server-sent events. */
        SSE,
        /** One JSON object a line. */
        NDJSON;

        /** Whether the answer comes in pieces. */
        public boolean isStream() {
            return this == SSE || this == NDJSON;
        }
    }

    /**
     * One message.
     *
     * @param role {@code system}, {@code developer}, {@code user} or {@code assistant}
     */
    public record Message(String role, PromptTemplate content) {}

    /**
     * Who may share an answer, and how long.
     *
     * @param shared among all callers, instead of each caller's own
     */
    public record Cache(boolean shared, Duration ttl) {}
}
