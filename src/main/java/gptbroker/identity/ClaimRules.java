package gptbroker.identity;

import static gptbroker.problem.ProblemCode.ACCESS_DENIED;
import static gptbroker.problem.ProblemCode.ANONYMOUS_DENIED;
import static gptbroker.problem.ProblemCode.NOT_SIGNED_IN;
import static gptbroker.problem.ProblemCode.TOKEN_INVALID;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import gptbroker.config.BrokerConfig;
import gptbroker.problem.Problem;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.regex.Pattern;

/**
 * What a token whose signature holds must say to stand for a user of this project. The project's own keys, id tokens,
 * storage links and minted tokens bear good signatures, too; these rules are what keeps them out.
 */
final class ClaimRules {
    /** How far the issuer's clock may be from ours. */
    static final Duration LEEWAY = Duration.ofSeconds(30);

    /** Access tokens live an hour or so; a longer life is the mark of a project key. */
    private static final Duration MAX_LIFETIME = Duration.ofHours(24).plus(LEEWAY);

    private static final Set<String> PROJECT_KEY_ROLES = Set.of("anon", "service_role");
    private static final Pattern UUID_FORM = Pattern.compile("\\p{XDigit}{8}(-\\p{XDigit}{4}){3}-\\p{XDigit}{12}");
    private static final Pattern TIER_FORM = Pattern.compile("[a-z0-9_-]{1,32}");

    private final BrokerConfig.Identity config;
    private final InstantSource clock;

    ClaimRules(BrokerConfig.Identity config, InstantSource clock) {
        this.config = config;
        this.clock = clock;
    }

    /**
     * The user for whom these claims stand.
     *
     * @throws Problem 401 {@code not_signed_in} for one of the project's keys, {@code token_invalid} for claims that
     *     are no user's; 403 {@code anonymous_denied}, {@code access_denied} (OAuth clients) by policy
     */
    Caller caller(ObjectNode claims) {
        refuseProjectKey(claims);
        require(config.issuer().equals(text(claims, "iss")), "iss");
        require(hasAudience(claims.path("aud")), "aud");
        require(config.roles().contains(text(claims, "role")), "role");
        Instant expiresAt = lifetime(claims);
        UUID userId = uuid(claims, "sub");
        uuid(claims, "session_id");
        boolean anonymous = isAnonymous(claims);
        // Policy comes last: 403 is only for a token that is good.
        if (claims.hasNonNull("client_id") && !config.oauthClientsAllowed()) {
            throw Problem.of(ACCESS_DENIED, "token of an OAuth client");
        }
        if (anonymous && !config.anonymousAllowed()) {
            throw Problem.of(ANONYMOUS_DENIED);
        }
        return new Caller(
                userId.toString(),
                Caller.Kind.SUPABASE_USER,
                anonymous ? Caller.ANONYMOUS_TIER : tier(claims),
                anonymous,
                Optional.of(userId),
                expiresAt);
    }

    private static void refuseProjectKey(ObjectNode claims) {
        if (PROJECT_KEY_ROLES.contains(text(claims, "role"))) {
            throw Problem.of(NOT_SIGNED_IN);
        }
    }

    private boolean hasAudience(JsonNode audience) {
        if (audience.isTextual()) {
            return config.audiences().contains(audience.textValue());
        }
        boolean found = false;
        for (JsonNode one : audience) {
            require(audience.isArray() && one.isTextual(), "aud");
            found |= config.audiences().contains(one.textValue());
        }
        return found;
    }

    private Instant lifetime(ObjectNode claims) {
        long now = clock.instant().getEpochSecond();
        long issuedAt = seconds(claims, "iat");
        long expiresAt = seconds(claims, "exp");
        require(issuedAt <= now + LEEWAY.toSeconds(), "iat in the future");
        require(expiresAt > now - LEEWAY.toSeconds(), "expired");
        require(issuedAt >= expiresAt - MAX_LIFETIME.toSeconds(), "lives too long");
        require(!claims.has("nbf") || seconds(claims, "nbf") <= now + LEEWAY.toSeconds(), "nbf in the future");
        return Instant.ofEpochSecond(expiresAt);
    }

    private static long seconds(ObjectNode claims, String name) {
        JsonNode value = claims.path(name);
        require(value.isIntegralNumber() && value.canConvertToLong(), name);
        return value.longValue();
    }

    private static UUID uuid(ObjectNode claims, String name) {
        String value = text(claims, name);
        require(UUID_FORM.matcher(value).matches(), name);
        return UUID.fromString(value.toLowerCase(Locale.ROOT));
    }

    private static boolean isAnonymous(ObjectNode claims) {
        JsonNode value = claims.get("is_anonymous");
        require(value == null || value.isBoolean(), "is_anonymous");
        return value != null && value.booleanValue();
    }

    /** Only {@code app_metadata} counts: {@code user_metadata} is the user's own to write. */
    private static String tier(ObjectNode claims) {
        JsonNode plan = claims.path("app_metadata").path("plan");
        return plan.isTextual() && TIER_FORM.matcher(plan.textValue()).matches()
                ? plan.textValue()
                : Caller.DEFAULT_TIER;
    }

    private static String text(ObjectNode claims, String name) {
        JsonNode value = claims.path(name);
        return value.isTextual() ? value.textValue() : "";
    }

    private static void require(boolean holds, String rule) {
        if (!holds) {
            throw Problem.of(TOKEN_INVALID, "claim refused: " + rule);
        }
    }
}
