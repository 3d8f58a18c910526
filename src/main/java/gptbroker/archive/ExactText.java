package gptbroker.archive;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/**
 * A text for Postgres. Its {@code text} type refuses NUL, and UTF-8 has no lone surrogates, but both are legal JSON and
 * so come in prompts; the column then gets U+FFFD in their place, and a second one the exact text.
 */
public final class ExactText {
    private static final char REPLACEMENT = '\uFFFD';
    private static final JsonMapper ASCII =
            JsonMapper.builder().enable(JsonWriteFeature.ESCAPE_NON_ASCII).build();

    private ExactText() {}

    /** The text as a {@code text} column can hold it: the same object when nothing needs replacing. */
    public static String storable(String text) {
        int bad = nextUnstorable(text, 0);
        if (bad < 0) {
            return text;
        }
        var copy = new StringBuilder(text);
        for (; bad >= 0; bad = nextUnstorable(text, bad + 1)) {
            copy.setCharAt(bad, REPLACEMENT);
        }
        return copy.toString();
    }

    /** The exact text as a JSON string literal in ASCII, when {@link #storable} had to change it. */
    static Optional<byte[]> exact(String text) {
        return nextUnstorable(text, 0) < 0 ? Optional.empty() : Optional.of(literal(text));
    }

    private static byte[] literal(String text) {
        try {
            return ASCII.writeValueAsString(text).getBytes(StandardCharsets.US_ASCII);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a string is always JSON", e);
        }
    }

    private static int nextUnstorable(String text, int from) {
        for (int i = from; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c != 0 && !Character.isSurrogate(c)) {
                continue; // nearly every one
            }
            if (c == 0 || Character.isLowSurrogate(c)) {
                return i;
            }
            if (i + 1 == text.length() || !Character.isLowSurrogate(text.charAt(i + 1))) {
                return i;
            }
            i++;
        }
        return -1;
    }
}
