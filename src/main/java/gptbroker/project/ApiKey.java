package gptbroker.project;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import gptbroker.config.Secret;
import gptbroker.identity.OwnLimits;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;

/**
 * An API key as far as it may be seen; its text is known to its holder alone.
 *
 * @param projectId whose it is; or
 * @param userId whose it is
 * @param name for people; may be empty
 * @param prefix the first letters of its text
 * @param limits of its own; with any, it is counted by itself and not with its project
 * @param lastUsedAt to the minute or so
 */
public record ApiKey(
        UUID id,
        Optional<UUID> projectId,
        Optional<UUID> userId,
        String name,
        String prefix,
        OwnLimits limits,
        Instant createdAt,
        Optional<Instant> lastUsedAt,
        Optional<Instant> revokedAt) {

    /**
     * A change of a key.
     *
     * @param text the key itself, when there is a new one: to be shown this once
     * @param everywhere whether the look-up cache knows already; else brokers that reach Redis again, and have the old
     *     state there, find out within 30 s
     */
    public record Change(ApiKey key, Optional<Secret> text, boolean everywhere) {}

    /** For the operator. */
    public ObjectNode json() {
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        json.put("id", id.toString());
        json.put("project_id", projectId.map(UUID::toString).orElse(null));
        json.put("name", name);
        json.put("prefix", prefix);
        json.set(LimitsJson.FIELD, LimitsJson.write(limits));
        json.put("created_at", createdAt.toString());
        json.put("last_used_at", lastUsedAt.map(Instant::toString).orElse(null));
        json.put("revoked_at", revokedAt.map(Instant::toString).orElse(null));
        return json;
    }
}
