package gptbroker.turn;

import gptbroker.admission.Allowance;
import gptbroker.admission.Allowance.Left;
import gptbroker.http.Occasion;
import gptbroker.ops.GoDuration;
import java.time.Duration;
import java.time.InstantSource;

/**
 * Tells a caller what is left, in the three spellings that clients read: the IETF draft's {@code RateLimit} and
 * {@code RateLimit-Policy} (draft-ietf-httpapi-ratelimit-headers-10), the older {@code X-RateLimit-*}, and OpenAI's
 * {@code x-ratelimit-*-requests} and {@code -tokens}. Money is in the draft's headers alone, in millionths of a dollar.
 *
 * <p>Thread-safe.
 */
public final class LimitHeaders {
    private static final long DAY_SECONDS = 86_400;
    private static final long MINUTE_SECONDS = 60;
    private static final long NANOS_IN_MICRO = 1_000;

    private final InstantSource clock;

    /** @param clock for the headers that name an instant */
    public LimitHeaders(InstantSource clock) {
        this.clock = clock;
    }

    /** Sets the headers; before the answer begins. */
    public void write(Occasion occasion, Allowance allowance) {
        var policy = new StringBuilder();
        var state = new StringBuilder();
        if (allowance.metered()) {
            item(policy, "day", 'q', allowance.dailyLimit(), 'w', DAY_SECONDS);
            item(state, "day", 'r', allowance.dailyRemaining(), 't', ceilSeconds(allowance.dailyReset()));
            day(occasion, allowance);
        }
        if (allowance.tokens().limited()) {
            ofTheDay(policy, state, "tokens", allowance.tokens(), 1, allowance.dailyReset());
            tokens(occasion, allowance);
        }
        if (allowance.nanoUsd().limited()) {
            ofTheDay(policy, state, "microusd", allowance.nanoUsd(), NANOS_IN_MICRO, allowance.dailyReset());
        }
        if (allowance.rateLimit() > 0) {
            item(policy, "burst", 'q', allowance.rateLimit(), 'w', MINUTE_SECONDS);
            item(state, "burst", 'r', allowance.rateRemaining(), 't', ceilSeconds(allowance.rateReset()));
        }
        if (!policy.isEmpty()) {
            occasion.header("RateLimit-Policy", policy.toString());
            occasion.header("RateLimit", state.toString());
        }
    }

    private void day(Occasion occasion, Allowance allowance) {
        long resetSeconds = ceilSeconds(allowance.dailyReset());
        String limit = Long.toString(allowance.dailyLimit());
        String remaining = Long.toString(allowance.dailyRemaining());
        occasion.header("X-RateLimit-Limit", limit);
        occasion.header("X-RateLimit-Remaining", remaining);
        occasion.header("X-RateLimit-Reset", Long.toString(clock.instant().getEpochSecond() + resetSeconds));
        occasion.header("x-ratelimit-limit-requests", limit);
        occasion.header("x-ratelimit-remaining-requests", remaining);
        occasion.header("x-ratelimit-reset-requests", GoDuration.of(resetSeconds));
    }

    private static void ofTheDay(
            StringBuilder policy, StringBuilder state, String name, Left left, long unit, Duration reset) {
        item(policy, name, 'q', left.limit() / unit, 'w', DAY_SECONDS);
        item(state, name, 'r', left.remaining() / unit, 't', ceilSeconds(reset));
    }

    private static void tokens(Occasion occasion, Allowance allowance) {
        occasion.header(
                "x-ratelimit-limit-tokens", Long.toString(allowance.tokens().limit()));
        occasion.header(
                "x-ratelimit-remaining-tokens", Long.toString(allowance.tokens().remaining()));
        occasion.header("x-ratelimit-reset-tokens", GoDuration.of(ceilSeconds(allowance.dailyReset())));
    }

    private static void item(StringBuilder out, String name, char key1, long value1, char key2, long value2) {
        if (!out.isEmpty()) {
            out.append(", ");
        }
        out.append('"').append(name).append("\";").append(key1).append('=').append(value1);
        out.append(';').append(key2).append('=').append(value2);
    }

    private static long ceilSeconds(Duration duration) {
        return Math.max(0, duration.plusNanos(999_999_999).toSeconds());
    }
}
