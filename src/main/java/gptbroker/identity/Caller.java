package gptbroker.identity;

import static java.util.Objects.requireNonNull;

import java.time.Instant;
import java.util.Optional;
import java.util.UUID;

/**
 * Who asks, after the credential has been checked; no other package looks at tokens.
 *
 * @param id stable identifier that quotas and the archive are keyed by: for a Supabase user the lower-case {@code sub},
 *     for an API key {@code project:<uuid>} or, with limits of its own, {@code key:<uuid>}
 * @param kind what sort of credential it was
 * @param tier name of the limit class: {@code default}, {@code anonymous}, {@code project}, or
 *     {@code app_metadata.plan}
 * @param anonymous whether a Supabase anonymous sign-in stands behind it
 * @param userId the Supabase user, when there is one; row level security compares it with {@code auth.uid()}
 * @param expiresAt when the credential ends; {@link Instant#MAX} when it does not
 * @param projectId the project whose API key it was
 * @param limits what differs from the tier's limits
 */
public record Caller(
        String id,
        Kind kind,
        String tier,
        boolean anonymous,
        Optional<UUID> userId,
        Instant expiresAt,
        Optional<UUID> projectId,
        OwnLimits limits) {

    /** The limit class of a signed-in user without a plan. */
    public static final String DEFAULT_TIER = "default";

    /** The limit class of anonymous users. */
    public static final String ANONYMOUS_TIER = "anonymous";

    /** The limit class of projects. */
    public static final String PROJECT_TIER = "project";

    /** The limit class of people who signed up here. */
    public static final String LOCAL_TIER = "local";

    /** What sort of credential a caller showed. */
    public enum Kind {
        SUPABASE_USER,
        API_KEY,
        SESSION,
        ADMIN
    }

    public Caller {
        requireNonNull(id, "id");
        requireNonNull(kind, "kind");
        requireNonNull(tier, "tier");
        requireNonNull(userId, "userId");
        requireNonNull(expiresAt, "expiresAt");
        requireNonNull(projectId, "projectId");
        requireNonNull(limits, "limits");
    }

    /** Of no project, with its tier's limits. */
    public Caller(String id, Kind kind, String tier, boolean anonymous, Optional<UUID> userId, Instant expiresAt) {
        this(id, kind, tier, anonymous, userId, expiresAt, Optional.empty(), OwnLimits.NONE);
    }
}
