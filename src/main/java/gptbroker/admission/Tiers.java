package gptbroker.admission;

import gptbroker.config.BrokerConfig.Access;
import gptbroker.config.BrokerConfig.Limits;
import gptbroker.config.Budget;
import gptbroker.config.Spending;
import gptbroker.identity.Caller;
import java.util.regex.Pattern;

/** Which limits apply to a caller. */
final class Tiers {
    /** The daily limit of callers that the day does not apply to. */
    static final long EXEMPT = -1;

    private static final Pattern ID = Pattern.compile("[A-Za-z0-9_.:-]{1,128}");

    private final Limits limits;
    private final boolean budgets;

    Tiers(Limits limits) {
        this.limits = limits;
        this.budgets = limits.spending().isLimited();
    }

    /** Tokens and money; for operators and where nobody has a budget, none. */
    BudgetRule budget(Caller caller) {
        if (!budgets || caller.kind() == Caller.Kind.ADMIN) {
            return BudgetRule.NONE;
        }
        Spending spending = limits.spending();
        Budget budget = caller.anonymous()
                ? spending.anonymous()
                : spending.tiers().getOrDefault(caller.tier(), spending.standard());
        return new BudgetRule(true, budget);
    }

    /** Units a day; {@link #EXEMPT} for operators. */
    long daily(Caller caller) {
        if (caller.kind() == Caller.Kind.ADMIN) {
            return EXEMPT;
        }
        if (caller.anonymous()) {
            return limits.anonymousDaily();
        }
        return limits.tierDaily().getOrDefault(caller.tier(), limits.daily());
    }

    /** Whether only the allowlist opens the door to this caller. */
    boolean door(Caller caller) {
        return limits.access() == Access.ALLOWLIST && caller.kind() != Caller.Kind.ADMIN;
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
