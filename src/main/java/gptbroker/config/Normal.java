package gptbroker.config;

import java.util.regex.Pattern;

/** Brings the spellings that older names allowed to one form, so that equal values compare equal. */
final class Normal {
    /** One {@code /v1} and all slashes at the end of a path; an Azure address has a query after it. */
    private static final Pattern V1 = Pattern.compile("(/v1)?/*(?=\\?|$)");

    private static final Pattern SLASHES = Pattern.compile("/+$");

    private Normal() {}

    static String of(Variable variable, String value) {
        return switch (variable) {
            case OPENAI_API_URL, INFERENCE_URL -> V1.matcher(value).replaceFirst("");
            case SUPABASE_URL -> SLASHES.matcher(value).replaceFirst("");
            // REDIS_ADDRESS and REDIS_HOST held a bare host, or host:port.
            case REDIS_URL, LIVE_REDIS_URL -> value.contains("://") ? value : "redis://" + value;
            default -> value;
        };
    }
}
