package gptbroker.upstream;

import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The {@code Retry-After} of a provider (RFC 9110 §10.2.3): seconds or a date, and often neither. */
final class RetryAfter {
    private static final Duration SHORTEST = Duration.ofSeconds(1);
    private static final Duration LONGEST = Duration.ofSeconds(120);
    private static final Duration USUAL = Duration.ofSeconds(5);
    private static final Pattern SECONDS = Pattern.compile("\\d{1,15}(\\.\\d{1,9})?");

    private RetryAfter() {}

    /** The delay as the provider said it, not capped; empty when it said nothing, or nothing sensible. */
    static Optional<Duration> parse(@Nullable String value, Instant now) {
        if (value == null || value.length() > 64) {
            return Optional.empty();
        }
        String text = value.strip();
        if (SECONDS.matcher(text).matches()) {
            return Optional.of(Duration.ofMillis((long) Math.ceil(Double.parseDouble(text) * 1000)));
        }
        try {
            Instant then = ZonedDateTime.parse(text, DateTimeFormatter.RFC_1123_DATE_TIME)
                    .toInstant();
            return Optional.of(then.isAfter(now) ? Duration.between(now, then) : Duration.ZERO);
        } catch (DateTimeException e) {
            return Optional.empty();
        }
    }

    /** What a client is told: 1 to 120 seconds, 5 when the provider said nothing. */
    static Duration forClient(Optional<Duration> said) {
        Duration delay = said.orElse(USUAL);
        return delay.compareTo(SHORTEST) < 0 ? SHORTEST : delay.compareTo(LONGEST) > 0 ? LONGEST : delay;
    }
}
