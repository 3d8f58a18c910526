package gptbroker.config;

import static gptbroker.config.Variable.ANONYMOUS_DAILY_COST_LIMIT_USD;
import static gptbroker.config.Variable.ANONYMOUS_DAILY_TOKEN_LIMIT;
import static gptbroker.config.Variable.BUDGET_ANSWER_TOKENS;
import static gptbroker.config.Variable.DAILY_COST_LIMIT_USD;
import static gptbroker.config.Variable.DAILY_TOKEN_LIMIT;
import static gptbroker.config.Variable.MODELS_FILE;
import static gptbroker.config.Variable.TIER_DAILY_COST_LIMITS_USD;
import static gptbroker.config.Variable.TIER_DAILY_TOKEN_LIMITS;
import static gptbroker.config.Variable.UNKNOWN_MODEL_PRICE;

import java.math.BigDecimal;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.regex.Pattern;

/** Builds {@link Spending} from the settings. */
final class SpendingReader {
    private static final Pattern TOKENS = Pattern.compile("\\d{1,12}");
    private static final Pattern DOLLARS = Pattern.compile("\\d{1,6}(\\.\\d{1,9})?");
    private static final String NO_TIER_LIMIT = "off";
    private static final int MOST_ANSWER_TOKENS = 1_000_000;

    private final Settings settings;

    SpendingReader(Settings settings) {
        this.settings = settings;
    }

    Spending read() {
        Budget standard = new Budget(
                one(DAILY_TOKEN_LIMIT, Budget.OFF, SpendingReader::tokens, "a whole number of tokens, or nothing"),
                one(DAILY_COST_LIMIT_USD, Budget.OFF, SpendingReader::nanoUsd, "dollars, as in 0.25, or nothing"));
        Budget anonymous = new Budget(
                one(ANONYMOUS_DAILY_TOKEN_LIMIT, standard.tokens(), SpendingReader::tokens, "a whole number of tokens"),
                one(
                        ANONYMOUS_DAILY_COST_LIMIT_USD,
                        standard.nanoUsd(),
                        SpendingReader::nanoUsd,
                        "dollars, as in 0.05"));
        return new Spending(
                standard,
                anonymous,
                tiers(standard),
                settings.whole(BUDGET_ANSWER_TOKENS, 1, MOST_ANSWER_TOKENS),
                settings.choice(UNKNOWN_MODEL_PRICE, Spending.UnknownPrice.class),
                modelsFile(settings));
    }

    static Optional<Path> modelsFile(Settings settings) {
        return Optional.of(settings.path(MODELS_FILE)).filter(path -> settings.isSet(MODELS_FILE));
    }

    private Map<String, Budget> tiers(Budget standard) {
        var tokens =
                byTier(TIER_DAILY_TOKEN_LIMITS, SpendingReader::tokens, "plan=tokens a day, as in pro=500000,team=off");
        var cost = byTier(
                TIER_DAILY_COST_LIMITS_USD, SpendingReader::nanoUsd, "plan=dollars a day, as in pro=2.50,team=off");
        var names = new TreeSet<>(tokens.keySet());
        names.addAll(cost.keySet());
        var tiers = new HashMap<String, Budget>();
        for (String name : names) {
            tiers.put(
                    name,
                    new Budget(
                            tokens.getOrDefault(name, standard.tokens()), cost.getOrDefault(name, standard.nanoUsd())));
        }
        return tiers;
    }

    private long one(Variable variable, long fallback, Function<String, OptionalLong> parse, String expected) {
        if (!settings.isSet(variable)) {
            return fallback;
        }
        return parse.apply(settings.text(variable)).orElseGet(() -> {
            settings.wrong(variable, expected);
            return fallback;
        });
    }

    private Map<String, Long> byTier(Variable variable, Function<String, OptionalLong> parse, String expected) {
        var limits = new LinkedHashMap<String, Long>();
        for (var tier : settings.map(variable, expected).entrySet()) {
            OptionalLong limit =
                    tier.getValue().equals(NO_TIER_LIMIT) ? OptionalLong.of(Budget.OFF) : parse.apply(tier.getValue());
            if (limit.isEmpty()) {
                settings.wrong(variable, expected);
                return Map.of();
            }
            limits.put(tier.getKey(), limit.getAsLong());
        }
        return limits;
    }

    private static OptionalLong tokens(String text) {
        return TOKENS.matcher(text).matches() ? OptionalLong.of(Long.parseLong(text)) : OptionalLong.empty();
    }

    /** Less than a million dollars, so that it stays exact where Redis' scripts compute with it. */
    private static OptionalLong nanoUsd(String text) {
        return DOLLARS.matcher(text).matches()
                ? OptionalLong.of(new BigDecimal(text).movePointRight(9).longValueExact())
                : OptionalLong.empty();
    }
}
