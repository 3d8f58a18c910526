package gptbroker.probe.check;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What an answer's limit headers say of the day.
 *
 * @param remaining requests left today
 * @param resetSeconds until the day ends
 */
record Allowance(long remaining, long resetSeconds) {
    /** The policy that holds the daily quota, in {@code RateLimit} and {@code RateLimit-Policy}. */
    static final String DAY = "day";

    private static final Pattern ITEM = Pattern.compile("\"([^\"]+)\"((?:\\s*;\\s*[a-z]+\\s*=\\s*[^;,]+)*)");
    private static final Pattern PARAMETER = Pattern.compile(";\\s*([a-z]+)\\s*=\\s*\"?([^;,\"]+)\"?");

    /** The day's allowance, if the answer tells one. */
    static Optional<Allowance> of(Reply reply) {
        Map<String, String> day = item(reply.header("RateLimit"), DAY).orElse(Map.of());
        OptionalLong remaining = number(day.get("r"));
        OptionalLong reset = number(day.get("t"));
        return remaining.isPresent() && reset.isPresent()
                ? Optional.of(new Allowance(remaining.getAsLong(), reset.getAsLong()))
                : Optional.empty();
    }

    /** The parameters of the item {@code name} of a structured list such as {@code "day";r=12;t=3600, "burst";r=9}. */
    static Optional<Map<String, String>> item(String list, String name) {
        Matcher items = ITEM.matcher(list);
        while (items.find()) {
            if (items.group(1).equals(name)) {
                Map<String, String> parameters = new HashMap<>();
                Matcher each = PARAMETER.matcher(items.group(2));
                while (each.find()) {
                    parameters.put(each.group(1), each.group(2).strip());
                }
                return Optional.of(parameters);
            }
        }
        return Optional.empty();
    }

    /** A non-negative whole number, or nothing. */
    static OptionalLong number(@Nullable String text) {
        return text != null && text.matches("\\d{1,18}") ? OptionalLong.of(Long.parseLong(text)) : OptionalLong.empty();
    }
}
