package gptbroker.config;

import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/**
 * What tokens cost, and how much of both a caller may use up in a day.
 *
 * @param standard {@code DAILY_TOKEN_LIMIT}, {@code DAILY_COST_LIMIT_USD}; the {@code default} tier
 * @param anonymous {@code ANONYMOUS_DAILY_TOKEN_LIMIT}, {@code ANONYMOUS_DAILY_COST_LIMIT_USD}, else as {@code standard}
 * @param tiers {@code TIER_DAILY_TOKEN_LIMITS}, {@code TIER_DAILY_COST_LIMITS_USD}: by plan, what one of them does not
 *     name as in {@code standard}; an unknown plan is the default tier
 * @param answerTokens {@code BUDGET_ANSWER_TOKENS}, default 1000: what a call without {@code max_tokens} holds for its
 *     answer while it runs
 * @param unknownPrice {@code UNKNOWN_MODEL_PRICE}, default refuse
 * @param modelsFile {@code MODELS_FILE}: the tenant's own models and prices; empty: the built-in ones alone
 */
public record Spending(
        Budget standard,
        Budget anonymous,
        Map<String, Budget> tiers,
        int answerTokens,
        UnknownPrice unknownPrice,
        Optional<Path> modelsFile) {
    /** Nothing is limited. */
    public static final Spending UNLIMITED =
            new Spending(Budget.NONE, Budget.NONE, Map.of(), 1_000, UnknownPrice.REFUSE, Optional.empty());

    public Spending {
        tiers = Map.copyOf(tiers);
    }

    /** Whether anybody has a budget. */
    public boolean isLimited() {
        return standard.isLimited()
                || anonymous.isLimited()
                || tiers.values().stream().anyMatch(Budget::isLimited);
    }

    /** What becomes of a call of a model without a price, when its caller has a budget in dollars. */
    public enum UnknownPrice {
        /** It is refused: what cannot be priced cannot be bounded. */
        REFUSE,
        /** It counts nothing of the dollars. */
        FREE,
        /** It counts as if it were the dearest model that is known. */
        MAX
    }
}
