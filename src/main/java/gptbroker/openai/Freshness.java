package gptbroker.openai;

import gptbroker.upstream.RawHeader;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What the head of an answer says about keeping it (RFC 9111 §5.2.2, for a cache that keeps each caller's apart). */
final class Freshness {
    private static final Pattern MAX_AGE = Pattern.compile("(?:s-maxage|max-age)=\"?(\\d{1,9})\"?");

    private Freshness() {}

    /**
     * How long it may be given again: {@code most}, or what the provider says if that is less.
     *
     * @param stream whether it is an event stream, where {@code no-cache} is a habit and says nothing
     */
    static Duration of(List<RawHeader> headers, boolean stream, Duration most) {
        Duration ttl = most;
        for (RawHeader line : headers) {
            String name = line.name().toLowerCase(Locale.ROOT);
            if (name.equals("cache-control")) {
                ttl = shorter(ttl, said(line.value(), stream, most));
            } else if (name.equals("vary") && line.value().contains("*")) {
                return Duration.ZERO;
            }
        }
        return ttl;
    }

    private static Duration said(String line, boolean stream, Duration most) {
        Duration ttl = most;
        for (String word : line.toLowerCase(Locale.ROOT).split(",")) {
            String directive = word.strip();
            Matcher age = MAX_AGE.matcher(directive);
            if (directive.equals("no-store") || directive.equals("no-cache") && !stream) {
                return Duration.ZERO;
            } else if (age.matches()) {
                ttl = shorter(ttl, Duration.ofSeconds(Long.parseLong(age.group(1))));
            }
        }
        return ttl;
    }

    private static Duration shorter(Duration one, Duration other) {
        return one.compareTo(other) < 0 ? one : other;
    }
}
