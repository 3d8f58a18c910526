package gptbroker.project;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import gptbroker.identity.Caller;
import gptbroker.identity.OwnLimits;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;

/**
 * What a look-up needs to know of a key, as it is kept in Redis: no part of the key itself.
 *
 * @param version rises with every change of the key or its project; a lower one never replaces a higher one
 * @param limits the key's own
 */
record KeyEntry(
        long version, UUID keyId, Optional<Project> project, Optional<UUID> userId, OwnLimits limits, boolean revoked) {
    private static final JsonMapper JSON = new JsonMapper();

    /** Who calls with this key. An account is the same caller with a key as with a session. */
    Caller caller() {
        String owner = project.map(owned -> "project:" + owned.id())
                .orElseGet(() -> userId.map(UUID::toString).orElse("key:" + keyId));
        return new Caller(
                limits.any() ? "key:" + keyId : owner,
                Caller.Kind.API_KEY,
                project.isPresent() ? Caller.PROJECT_TIER : Caller.LOCAL_TIER,
                false,
                userId,
                Instant.MAX,
                project.map(Project::id),
                project.map(owned -> limits.over(owned.settings().limits())).orElse(limits));
    }

    /** The same key, gone. */
    KeyEntry gone(long version) {
        return new KeyEntry(version, keyId, Optional.empty(), userId, OwnLimits.NONE, true);
    }

    /** One line of JSON. */
    String encode() {
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        json.put("version", version);
        json.put("key", keyId.toString());
        project.ifPresent(owned -> json.set("project", owned.cached()));
        userId.ifPresent(user -> json.put("user", user.toString()));
        json.set(LimitsJson.FIELD, LimitsJson.write(limits));
        json.put("revoked", revoked);
        try {
            return JSON.writeValueAsString(json);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a tree is always JSON", e);
        }
    }

    /** What {@link #encode} wrote; empty for anything else, such as a later version's. */
    static Optional<KeyEntry> decode(String text) {
        try {
            JsonNode json = JSON.readTree(text);
            return Optional.of(new KeyEntry(
                    json.required("version").longValue(),
                    UUID.fromString(json.required("key").textValue()),
                    Optional.ofNullable(json.get("project")).map(Project::of),
                    Optional.ofNullable(json.get("user")).map(user -> UUID.fromString(user.textValue())),
                    LimitsJson.of(json),
                    json.required("revoked").booleanValue()));
        } catch (JsonProcessingException | RuntimeException unknown) {
            return Optional.empty();
        }
    }
}
