package gptbroker.prompt;

import com.fasterxml.jackson.core.JsonToken;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What a request body says, before an endpoint judges it: only the three fields that decisions need; the rest of the
 * body is checked to be JSON and then ignored.
 *
 * @param messages the {@code messages} value (or the whole body where that is an array)
 * @param temperature the {@code temperature} value
 * @param model the {@code model} value
 */
record Body(Optional<Messages> messages, Optional<Scalar> temperature, Optional<Scalar> model) {
    /** A body that says nothing, as of an unknown content type. */
    static final Body EMPTY = new Body(Optional.empty(), Optional.empty(), Optional.empty());

    /**
     * The {@code messages} value.
     *
     * @param kind how the value starts
     * @param json the value exactly as it came; for a string, the string's content
     * @param wellFormed whether it is a non-empty array whose items all have role and content
     * @param empty whether it is an empty array
     */
    record Messages(JsonToken kind, String json, boolean wellFormed, boolean empty) {}

    /** A value of which only kind and text matter; {@code text} is null for objects and arrays. */
    record Scalar(JsonToken kind, @Nullable String text) {
        /** Absent by the seed's reading: {@code null} counts as not given (S3.25). */
        boolean isNull() {
            return kind == JsonToken.VALUE_NULL;
        }
    }
}
