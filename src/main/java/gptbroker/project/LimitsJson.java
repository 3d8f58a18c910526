package gptbroker.project;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import gptbroker.identity.OwnLimits;
import java.math.BigDecimal;
import java.util.Set;

/** {@link OwnLimits} as JSON: only what is set; money as a text. */
final class LimitsJson {
    /** The field that holds them. */
    static final String FIELD = "limits";

    private static final String REQUESTS = "daily_requests";
    private static final String RATE = "rate_per_minute";
    private static final String CONCURRENCY = "concurrency";
    private static final String TOKENS = "daily_tokens";
    private static final String COST = "daily_cost_usd";
    private static final Set<String> ALL = Set.of(REQUESTS, RATE, CONCURRENCY, TOKENS, COST);
    private static final long MOST = 1_000_000_000_000L;

    private LimitsJson() {}

    /** Out of the field {@code limits} of an object. */
    static OwnLimits read(Fields fields) {
        Fields limits = fields.inner(FIELD, ALL);
        return new OwnLimits(
                limits.whole(REQUESTS, MOST),
                limits.whole(RATE, 1_000_000),
                limits.whole(CONCURRENCY, 10_000),
                limits.whole(TOKENS, MOST),
                limits.amount(COST, BigDecimal.valueOf(1_000_000_000)));
    }

    /**
     * The same for a field that we wrote ourselves.
     *
     * @throws gptbroker.problem.Problem when it is not what we write
     */
    static OwnLimits of(JsonNode json) {
        ObjectNode alone = JsonNodeFactory.instance.objectNode();
        alone.set(FIELD, json.path(FIELD));
        Fields fields = Fields.of(alone, Set.of(FIELD));
        OwnLimits limits = read(fields);
        fields.check();
        return limits;
    }

    static ObjectNode write(OwnLimits limits) {
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        limits.dailyRequests().ifPresent(value -> json.put(REQUESTS, value));
        limits.ratePerMinute().ifPresent(value -> json.put(RATE, value));
        limits.concurrency().ifPresent(value -> json.put(CONCURRENCY, value));
        limits.dailyTokens().ifPresent(value -> json.put(TOKENS, value));
        limits.dailyCostUsd().ifPresent(value -> json.put(COST, value.toPlainString()));
        return json;
    }
}
