package gptbroker.declare;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import gptbroker.yaml.Fields;
import gptbroker.yaml.Mistakes;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;
import org.snakeyaml.engine.v2.nodes.Tag;

/** A part of the file as JSON, and the way back from a JSON pointer to the line. */
final class YamlJson {
    /** Aliases of aliases grow without end. */
    private static final int MOST_NODES = 20_000;

    private static final int DEEPEST = 64;
    private static final int LONGEST_NUMBER = 100;
    private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

    private final Mistakes mistakes;
    private int nodes;

    YamlJson(Mistakes mistakes) {
        this.mistakes = mistakes;
    }

    /** Null, with a mistake, for what JSON cannot say. */
    JsonNode convert(Node node) {
        return convert(node, 0);
    }

    private JsonNode convert(Node node, int depth) {
        if (++nodes > MOST_NODES || depth > DEEPEST) {
            if (nodes == MOST_NODES + 1 || depth == DEEPEST + 1) {
                mistakes.add(node, "the schema is too large, too deep or contains itself");
            }
            return JSON.nullNode();
        }
        return switch (node) {
            case MappingNode mapping -> object(mapping, depth);
            case SequenceNode sequence -> {
                ArrayNode array = JSON.arrayNode();
                sequence.getValue().forEach(item -> array.add(convert(item, depth + 1)));
                yield array;
            }
            case ScalarNode scalar -> scalar(scalar);
            default -> wrong(node);
        };
    }

    private JsonNode object(MappingNode mapping, int depth) {
        ObjectNode object = JSON.objectNode();
        for (NodeTuple tuple : mapping.getValue()) {
            Optional<String> name = Fields.text(tuple.getKeyNode());
            if (name.isEmpty()) {
                wrong(tuple.getKeyNode());
            } else if (object.has(name.get())) {
                mistakes.add(tuple.getKeyNode(), "'" + name.get() + "' is given twice");
            } else {
                JsonNode value = convert(tuple.getValueNode(), depth + 1);
                if (name.get().endsWith("$ref") && !isInside(value) || isForeign(name.get(), value)) {
                    mistakes.add(
                            tuple.getKeyNode(),
                            "'" + name.get() + "' leads out of the schema; expected one that starts with #");
                }
                object.set(name.get(), value);
            }
        }
        return object;
    }

    private static boolean isInside(JsonNode reference) {
        return !reference.isTextual() || reference.textValue().startsWith("#");
    }

    private static boolean isForeign(String name, JsonNode value) {
        return value.isTextual()
                && (name.equals("$id")
                        || name.equals("$dynamicRef") && !isInside(value)
                        || name.equals("$schema")
                                && !value.textValue().equals("https://json-schema.org/draft/2020-12/schema"));
    }

    private JsonNode scalar(ScalarNode scalar) {
        String text = scalar.getValue();
        Tag tag = scalar.getTag();
        if (tag.equals(Tag.STR)) {
            return JSON.textNode(text);
        }
        if (tag.equals(Tag.BOOL)) {
            return JSON.booleanNode(Boolean.parseBoolean(text));
        }
        if (tag.equals(Tag.NULL)) {
            return JSON.nullNode();
        }
        if (text.length() > LONGEST_NUMBER || !text.matches("-?\\d+(\\.\\d*)?([eE][-+]?\\d{1,3})?")) {
            return wrong(scalar);
        }
        return tag.equals(Tag.INT) ? JSON.numberNode(new BigInteger(text)) : JSON.numberNode(new BigDecimal(text));
    }

    private JsonNode wrong(Node node) {
        mistakes.add(node, "this is nothing that JSON can say; expected text, a number, true, false or null");
        return JSON.nullNode();
    }

    /** The node at a JSON pointer, or the nearest above it. */
    static Node at(Node root, String pointer) {
        Node found = root;
        for (String part : pointer.split("/")) {
            Node next = part.isEmpty()
                    ? found
                    : child(found, part.replace("~1", "/").replace("~0", "~"));
            if (next == null) {
                return found;
            }
            found = next;
        }
        return found;
    }

    private static @Nullable Node child(Node parent, String name) {
        if (parent instanceof MappingNode mapping) {
            for (NodeTuple tuple : mapping.getValue()) {
                if (Fields.text(tuple.getKeyNode()).filter(name::equals).isPresent()) {
                    return tuple.getValueNode();
                }
            }
        }
        boolean isIndex = name.matches("\\d{1,6}");
        if (parent instanceof SequenceNode sequence
                && isIndex
                && Integer.parseInt(name) < sequence.getValue().size()) {
            return sequence.getValue().get(Integer.parseInt(name));
        }
        return null;
    }
}
