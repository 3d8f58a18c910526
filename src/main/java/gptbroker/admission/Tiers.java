package gptbroker.admission;

import gptbroker.config.BrokerConfig.Access;
import gptbroker.config.BrokerConfig.Limits;
import gptbroker.identity.Caller;
import java.util.regex.Pattern;

/** Which limits apply to a caller. */
final class Tiers {
    /** The daily limit of callers that the day does not apply to. */
    static final long EXEMPT = -1;

    private static final Pattern ID = Pattern.compile("[A-Za-z0-9_.:-]{1,128}");

    private final Limits limits;

    Tiers(Limits limits) {
        this.limits = limits;
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
