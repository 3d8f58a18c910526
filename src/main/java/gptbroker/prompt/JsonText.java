package gptbroker.prompt;

import com.fasterxml.jackson.core.io.JsonStringEncoder;

/** Writes strings into JSON, so that every Java string survives. */
final class JsonText {
    private JsonText() {}

    /**
     * The string as a JSON string literal. Like {@code JSON.stringify}: non-ASCII stays as it is, a lone surrogate
     * becomes an escape, because UTF-8 cannot hold it.
     */
    static String quote(CharSequence text) {
        char[] escaped = JsonStringEncoder.getInstance().quoteAsString(text);
        var out = new StringBuilder(escaped.length + 2).append('"');
        int lone = loneSurrogate(escaped, 0);
        int from = 0;
        while (lone >= 0) {
            out.append(escaped, from, lone - from).append("\\u").append(Integer.toHexString(escaped[lone]));
            from = lone + 1;
            lone = loneSurrogate(escaped, from);
        }
        return out.append(escaped, from, escaped.length - from).append('"').toString();
    }

    private static int loneSurrogate(char[] text, int from) {
        for (int i = from; i < text.length; i++) {
            if (Character.isHighSurrogate(text[i]) && i + 1 < text.length && Character.isLowSurrogate(text[i + 1])) {
                i++;
            } else if (Character.isSurrogate(text[i])) {
                return i;
            }
        }
        return -1;
    }
}
