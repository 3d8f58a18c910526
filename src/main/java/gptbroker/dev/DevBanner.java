package gptbroker.dev;

import java.util.LinkedHashMap;
import java.util.Map;

/** What {@code broker dev} tells the developer when all is ready. */
final class DevBanner {
    private final Map<String, String> lines = new LinkedHashMap<>();

    /** Adds a line: what it is, where it is, and perhaps a word on it; none for what is nowhere. */
    DevBanner line(String what, String where, String note) {
        if (where.isEmpty()) {
            return this;
        }
        lines.put(what, note.isEmpty() ? where : "%-34s %s".formatted(where, note));
        return this;
    }

    /** The whole text; the curl only where there is a token to paste. */
    String text(String baseUrl, String token) {
        var text = new StringBuilder("\nGPT Broker is ready for development.\n\n");
        lines.forEach((what, where) -> text.append("  %-9s %s%n".formatted(what, where)));
        if (!token.isEmpty()) {
            text.append("\nTry it (the token lives for an hour):\n\n  curl -H 'Authorization: Bearer ")
                    .append(token)
                    .append("' \\\n    '")
                    .append(baseUrl)
                    .append("/simple-gpt-4o-mini-complete?prompt=hello'\n");
        }
        return text.append("\nCtrl-C stops everything; the data stays.\n").toString();
    }
}
