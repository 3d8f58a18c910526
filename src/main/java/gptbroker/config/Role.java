package gptbroker.config;

import java.util.Locale;
import java.util.Map;
import java.util.Set;

/** What a serving process is for. */
public enum Role {
    /** The whole broker, for users. */
    GATEWAY,
    /** Holds the provider's key for gateways, and nothing else: no users, no Redis, no Postgres. */
    INFERENCE;

    private static final Set<Variable> OF_INFERENCE_ALONE = Set.of(Variable.MODEL_NAME);
    private static final Set<Variable> OF_GATEWAY_ALONE =
            Set.of(Variable.CORS_ORIGINS, Variable.TRUSTED_PROXIES, Variable.INFERENCE_URL, Variable.INFERENCE_ROUTING);

    /** Whether a process of this role looks at a variable. */
    public boolean reads(Variable variable) {
        if (this == GATEWAY) {
            return !OF_INFERENCE_ALONE.contains(variable);
        }
        return switch (variable.group()) {
            case LISTEN, UPSTREAM, INFERENCE -> !OF_GATEWAY_ALONE.contains(variable);
            default -> variable == Variable.ADMIN_KEY;
        };
    }

    /**
     * What differs from {@link Variable#fallback}. A gateway's request grows on its way (rendered prompts, options of a
     * stream), so the other side takes larger ones.
     */
    Map<String, String> defaults() {
        return this == GATEWAY ? Map.of() : Map.of("PORT", "8000", "MAX_BODY_BYTES", "8388608");
    }

    /** As the command line spells it. */
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }
}
