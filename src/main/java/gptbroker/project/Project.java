package gptbroker.project;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Instant;
import java.util.UUID;

/**
 * A backend project.
 *
 * @param slug its short name, unique: lower case letters, digits and dashes
 * @param version rises with every change
 */
public record Project(UUID id, String slug, ProjectSettings settings, long version, Instant createdAt) {

    /** For the operator. */
    public ObjectNode json() {
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        json.put("id", id.toString());
        json.put("slug", slug);
        json.setAll(settings.json());
        json.put("created_at", createdAt.toString());
        return json;
    }

    /** For the look-up cache. */
    ObjectNode cached() {
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        json.put("id", id.toString());
        json.put("slug", slug);
        json.set("settings", settings.json());
        json.put("version", version);
        json.put("created_at", createdAt.toString());
        return json;
    }

    /** What {@link #cached} wrote. */
    static Project of(JsonNode json) {
        return new Project(
                UUID.fromString(json.path("id").textValue()),
                json.path("slug").textValue(),
                ProjectSettings.read(json.path("settings")),
                json.path("version").longValue(),
                Instant.parse(json.path("created_at").textValue()));
    }
}
