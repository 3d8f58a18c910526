package gptbroker.upstream;

import java.util.Optional;

/**
 * A whole answer of the model.
 *
 * @param text the answer's text; may be empty
 * @param usage token counts, when the provider told them
 * @param finishReason the provider's finish reason, such as {@code stop} or {@code length}
 * @param upstreamId the provider's request id, for the archive only
 */
public record Completion(
        String text, Optional<Usage> usage, Optional<String> finishReason, Optional<String> upstreamId) {}
