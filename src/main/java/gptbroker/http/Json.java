package gptbroker.http;

/** Writes JSON strings; the few bodies and log lines of this package need no more. */
final class Json {
    private Json() {}

    /** The text as a JSON string, quotes included; everything outside printable ASCII is escaped. */
    static String string(String text) {
        StringBuilder json = new StringBuilder(text.length() + 16);
        append(json, text);
        return json.toString();
    }

    /** Appends the text as a JSON string. */
    static void append(StringBuilder json, String text) {
        json.append('"');
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '"' || c == '\\') {
                json.append('\\').append(c);
            } else if (c < 0x20 || c > 0x7e) {
                json.append("\\u");
                for (int shift = 12; shift >= 0; shift -= 4) {
                    json.append(Character.forDigit(c >> shift & 0xf, 16));
                }
            } else {
                json.append(c);
            }
        }
        json.append('"');
    }
}
