package gptbroker.declare;

import com.fasterxml.jackson.databind.JsonNode;
import com.networknt.schema.JsonSchema;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.PathType;
import com.networknt.schema.SchemaId;
import com.networknt.schema.SchemaLocation;
import com.networknt.schema.SchemaValidatorsConfig;
import com.networknt.schema.SpecVersion;
import com.networknt.schema.ValidationMessage;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * What a request body must be: JSON Schema 2020-12 with {@code format} asserted. Nothing is ever fetched: the reader of
 * the file lets only references inside of the schema through.
 *
 * <p>Immutable, thread-safe.
 */
public final class InputSchema {
    private static final SchemaValidatorsConfig CONFIG = SchemaValidatorsConfig.builder()
            .pathType(PathType.JSON_POINTER)
            .formatAssertionsEnabled(true)
            .build();
    private static final JsonSchemaFactory FACTORY = JsonSchemaFactory.getInstance(SpecVersion.VersionFlag.V202012);
    private static final JsonSchema META = FACTORY.getSchema(SchemaLocation.of(SchemaId.V202012), CONFIG);

    private final JsonNode source;
    private final JsonSchema schema;

    private InputSchema(JsonNode source, JsonSchema schema) {
        this.source = source;
        this.schema = schema;
    }

    /** The places, as JSON pointers, at which this is no schema; empty when it is one. */
    static List<String> mistakes(JsonNode source) {
        return paths(META.validate(source));
    }

    /** @throws RuntimeException when a reference leads nowhere or a pattern is no regular expression */
    static InputSchema of(JsonNode source) {
        JsonSchema schema = FACTORY.getSchema(source, CONFIG);
        schema.initializeValidators();
        return new InputSchema(source, schema);
    }

    /**
     * The places, as JSON pointers, at which an input is not what the schema says; empty when it fits. Names of fields
     * only, never values.
     */
    public List<String> failures(JsonNode input) {
        return paths(schema.validate(input));
    }

    boolean knows(String field) {
        return source.path("properties").has(field);
    }

    Set<String> required() {
        var names = new HashSet<String>();
        source.path("required").forEach(name -> names.add(name.asText()));
        return names;
    }

    private static List<String> paths(Collection<ValidationMessage> messages) {
        return messages.stream().map(InputSchema::path).distinct().sorted().toList();
    }

    /** A missing or surplus field is named itself, not the object that it should or should not be in. */
    private static String path(ValidationMessage message) {
        String parent = message.getInstanceLocation().toString();
        String field = message.getProperty();
        boolean about = "required".equals(message.getType()) || "additionalProperties".equals(message.getType());
        if (about && field != null) {
            return parent + "/" + field.replace("~", "~0").replace("/", "~1");
        }
        return parent.isEmpty() ? "/" : parent;
    }
}
