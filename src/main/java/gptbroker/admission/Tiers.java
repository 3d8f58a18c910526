package gptbroker.admission;

import gptbroker.config.BrokerConfig.Access;
import gptbroker.config.BrokerConfig.Limits;
import gptbroker.config.Budget;
import gptbroker.config.Spending;
import gptbroker.identity.Caller;
import gptbroker.identity.OwnLimits;
import java.math.BigDecimal;
import java.util.regex.Pattern;

/** Which limits apply to a caller. */
final class Tiers {
    /** The daily limit of callers that the day does not apply to. */
    static final long EXEMPT = -1;

    private static final Pattern ID = Pattern.compile("[A-Za-z0-9_.:-]{1,128}");

    private static final BigDecimal MOST_USD = BigDecimal.valueOf(1_000_000);

    private final Limits limits;
    private final boolean budgets;

    Tiers(Limits limits) {
        this.limits = limits;
        this.budgets = limits.spending().isLimited();
    }

    /** Tokens and money; for operators none, and where nobody has a budget. */
    BudgetRule budget(Caller caller) {
        OwnLimits own = caller.limits();
        boolean ownBudget = own.dailyTokens().isPresent() || own.dailyCostUsd().isPresent();
        if (!budgets && !ownBudget || caller.kind() == Caller.Kind.ADMIN) {
            return BudgetRule.NONE;
        }
        Budget tier = tierBudget(caller);
        return ownBudget
                ? new BudgetRule(
                        true,
                        new Budget(
                                own.dailyTokens().orElse(tier.tokens()),
                                own.dailyCostUsd().map(Tiers::nanoUsd).orElse(tier.nanoUsd())))
                : new BudgetRule(true, tier);
    }

    private Budget tierBudget(Caller caller) {
        Spending spending = limits.spending();
        return caller.anonymous()
                ? spending.anonymous()
                : spending.tiers().getOrDefault(caller.tier(), spending.standard());
    }

    /** Rounded down, and at most a million dollars, where the scripts' arithmetic is exact. */
    private static long nanoUsd(BigDecimal usd) {
        return usd.min(MOST_USD).movePointRight(9).longValue();
    }

    /** Units a day; {@link #EXEMPT} for operators. */
    long daily(Caller caller) {
        if (caller.kind() == Caller.Kind.ADMIN) {
            return EXEMPT;
        }
        if (caller.limits().dailyRequests().isPresent()) {
            return caller.limits().dailyRequests().getAsLong();
        }
        if (caller.anonymous()) {
            return limits.anonymousDaily();
        }
        return limits.tierDaily().getOrDefault(caller.tier(), limits.daily());
    }

    /** Requests a minute; 0: off. */
    int rate(Caller caller) {
        return caller.limits().ratePerMinute().orElse(limits.ratePerMinute());
    }

    /** Calls at once; 0: off. */
    int concurrency(Caller caller) {
        return caller.limits().concurrency().orElse(limits.concurrency());
    }

    /** Whether only the allowlist opens the door to this caller; who gave a project its key has let it in. */
    boolean door(Caller caller) {
        return limits.access() == Access.ALLOWLIST
                && caller.kind() != Caller.Kind.ADMIN
                && caller.projectId().isEmpty();
    }

    /** Whether a caller id is 1 to 128 letters, digits and {@code _ . : -}; no other caller is ever admitted. */
    static boolean isFit(String callerId) {
        return ID.matcher(callerId).matches();
    }

    /**
     * Keeps key names well-formed.
     *
     * @throws IllegalArgumentException for an id that is not {@link #isFit fit}
     */
    static String checked(String callerId) {
        if (!isFit(callerId)) {
            throw new IllegalArgumentException("caller id is not fit for a key");
        }
        return callerId;
    }
}
