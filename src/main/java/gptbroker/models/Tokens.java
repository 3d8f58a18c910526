package gptbroker.models;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.knuddels.jtokkit.Encodings;
import com.knuddels.jtokkit.api.Encoding;
import com.knuddels.jtokkit.api.EncodingType;
import java.io.IOException;

/**
 * How many tokens a text is, where the provider does not say: exactly for today's OpenAI models (o200k), and as a quick
 * guess for what has to be known before a call. Thread-safe.
 */
public final class Tokens {
    private static final JsonFactory JSON = new JsonFactory();

    /** What OpenAI adds for each message and for the answer's beginning. */
    private static final long PER_OBJECT = 3;

    private static final long ROLE = 1;

    /** About what a large image takes; its base64 says nothing of that. */
    private static final long PER_IMAGE = 1_500;

    private static final String IMAGE = ";base64,";
    private static final int BYTES_A_TOKEN = 3;
    private static final int ROUND_UP = 8;

    /** Beyond this a text is counted in proportion: half a second would be too long to wait for an estimate. */
    private static final int LONGEST_COUNTED = 64 * 1024;

    private Tokens() {}

    /** The tables take 28 MB: they are loaded when the first answer comes without its tokens. */
    private static final class Tables {
        private static final Encoding O200K =
                Encodings.newLazyEncodingRegistry().getEncoding(EncodingType.O200K_BASE);
    }

    /** The tokens of a text. */
    public static long of(String text) {
        if (text.length() <= LONGEST_COUNTED) {
            return counted(text);
        }
        return Math.ceilDiv(counted(text.substring(0, LONGEST_COUNTED)) * text.length(), LONGEST_COUNTED);
    }

    /** A text that the library cannot read must still be settled. */
    private static long counted(String text) {
        try {
            return Tables.O200K.countTokensOrdinary(text);
        } catch (RuntimeException | StackOverflowError defect) {
            return Math.ceilDiv(bytes(text, 0, text.length()), BYTES_A_TOKEN);
        }
    }

    /** The tokens of a prompt as the archive keeps it: a text, or JSON messages, of which the strings count. */
    public static long ofPrompt(String input) {
        String start = input.stripLeading();
        if (start.startsWith("[") || start.startsWith("{") || start.startsWith("\"")) {
            try {
                return ofJson(input);
            } catch (IOException plainText) {
                // Counted as such.
            }
        }
        return of(input) + 2 * PER_OBJECT + ROLE;
    }

    private static long ofJson(String input) throws IOException {
        var text = new StringBuilder();
        long tokens = PER_OBJECT;
        try (JsonParser parser = JSON.createParser(input)) {
            for (JsonToken next = parser.nextToken(); next != null; next = parser.nextToken()) {
                switch (next) {
                    case START_OBJECT -> tokens += PER_OBJECT;
                    case VALUE_NUMBER_INT -> tokens++; // an embedding's input may be tokens already
                    case VALUE_STRING -> {
                        String value = parser.getText();
                        if (value.startsWith("data:") && value.contains(IMAGE)) {
                            tokens += PER_IMAGE;
                        } else {
                            text.append(value).append('\n');
                        }
                    }
                    default -> {
                        // Structure.
                    }
                }
            }
        }
        return tokens + of(text.toString());
    }

    /** A guess that costs next to nothing, rather too high than too low: a token for three bytes of UTF-8. */
    public static long guess(String text) {
        long bytes = 0;
        long images = 0;
        int at = 0;
        for (int image = text.indexOf(IMAGE); image >= 0; image = text.indexOf(IMAGE, at)) {
            bytes += bytes(text, at, image);
            images++;
            int end = text.indexOf('"', image);
            at = end < 0 ? text.length() : end;
        }
        return (bytes + bytes(text, at, text.length())) / BYTES_A_TOKEN + ROUND_UP + images * PER_IMAGE;
    }

    private static long bytes(String text, int from, int to) {
        long bytes = to - from;
        for (int i = from; i < to; i++) {
            char c = text.charAt(i);
            if (c >= 0x80) {
                bytes += c < 0x800 || Character.isSurrogate(c) ? 1 : 2;
            }
        }
        return bytes;
    }
}
