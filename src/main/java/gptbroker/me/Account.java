package gptbroker.me;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import gptbroker.admission.Allowance;
import gptbroker.archive.DayUsage;
import gptbroker.archive.Page;
import gptbroker.identity.Caller;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.util.List;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/** How a user's affairs are told as JSON; the operator is told them in the same words. */
public final class Account {
    private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

    private Account() {}

    static ObjectNode of(Caller caller) {
        return JSON.objectNode()
                .put("id", caller.id())
                .put("tier", caller.tier())
                .put("anonymous", caller.anonymous())
                .put(
                        "expires_at",
                        caller.expiresAt().equals(Instant.MAX)
                                ? null
                                : caller.expiresAt().toString());
    }

    /** A limit that is off is {@code null}. */
    static ObjectNode of(Allowance allowance) {
        ObjectNode json = JSON.objectNode();
        json.set("day", null);
        json.set("minute", null);
        json.set("tokens", null);
        json.set("cost_usd", null);
        if (allowance.metered()) {
            json.set("day", limit(allowance.dailyLimit(), allowance.dailyRemaining(), allowance.dailyReset()));
        }
        if (allowance.rateLimit() > 0) {
            json.set("minute", limit(allowance.rateLimit(), allowance.rateRemaining(), allowance.rateReset()));
        }
        if (allowance.tokens().limited()) {
            Allowance.Left left = allowance.tokens();
            json.set("tokens", limit(left.limit(), left.remaining(), allowance.dailyReset()));
        }
        if (allowance.nanoUsd().limited()) {
            Allowance.Left left = allowance.nanoUsd();
            json.set(
                    "cost_usd",
                    JSON.objectNode()
                            .put("limit", usd(left.limit()))
                            .put("remaining", usd(left.remaining()))
                            .put("reset_seconds", seconds(allowance.dailyReset())));
        }
        return json;
    }

    /** US dollars of billionths. */
    public static BigDecimal usd(long nanoUsd) {
        return plain(BigDecimal.valueOf(nanoUsd, 9));
    }

    /** Without an exponent and without zeros at the end. */
    private static BigDecimal plain(BigDecimal amount) {
        BigDecimal brief = amount.stripTrailingZeros();
        return brief.scale() < 0 ? brief.setScale(0) : brief;
    }

    /** Days and their sums. */
    public static ObjectNode of(LocalDate from, List<DayUsage> days) {
        ObjectNode json = JSON.objectNode();
        json.put("from", from.toString());
        var list = json.putArray("days");
        for (DayUsage day : days) {
            list.addObject()
                    .put("day", day.day().toString())
                    .put("calls", day.calls())
                    .put("units", day.units())
                    .put("prompt_tokens", number(day.promptTokens()))
                    .put("completion_tokens", number(day.completionTokens()))
                    .put("calls_without_tokens", day.uncounted())
                    .put("calls_with_estimated_tokens", day.estimated())
                    .put("cost_usd", day.costUsd().map(Account::plain).orElse(null))
                    .put("calls_without_cost", day.unpriced());
        }
        return json;
    }

    /** {@code next} is the {@code before} of the next page, {@code null} at the end. */
    public static ObjectNode of(Page page) {
        ObjectNode json = JSON.objectNode();
        var list = json.putArray("exchanges");
        page.exchanges().forEach(told -> list.add(told.json()));
        json.put("next", page.next().map(Object::toString).orElse(null));
        return json;
    }

    private static ObjectNode limit(long limit, long remaining, Duration reset) {
        return JSON.objectNode().put("limit", limit).put("remaining", remaining).put("reset_seconds", seconds(reset));
    }

    private static long seconds(Duration reset) {
        return reset.plusNanos(999_999_999).toSeconds();
    }

    private static @Nullable Long number(OptionalLong number) {
        return number.isPresent() ? number.getAsLong() : null;
    }
}
