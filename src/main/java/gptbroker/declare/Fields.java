package gptbroker.declare;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.Tag;

/** The fields of one mapping of the file, as typed values; what is wrong or unknown goes to the mistakes. */
final class Fields {
    private static final int LONGEST_NUMBER = 20;

    private final Node node;
    private final String what;
    private final Mistakes mistakes;
    private final Map<String, Node> values = new LinkedHashMap<>();

    private Fields(Node node, String what, Mistakes mistakes) {
        this.node = node;
        this.what = what;
        this.mistakes = mistakes;
    }

    /** The fields of a mapping; of none, with a mistake, when it is something else. */
    static Fields of(Node node, String what, Set<String> known, Mistakes mistakes) {
        var fields = new Fields(node, what, mistakes);
        if (!(node instanceof MappingNode mapping)) {
            mistakes.add(node, what + " is no mapping; expected the fields " + new TreeSet<>(known));
            return fields;
        }
        for (NodeTuple tuple : mapping.getValue()) {
            String name = text(tuple.getKeyNode()).orElse("");
            if (!known.contains(name)) {
                String shown = name.matches("[A-Za-z0-9_-]{1,40}") ? " '" + name + "'" : "";
                mistakes.add(
                        tuple.getKeyNode(),
                        what + " has an unknown field" + shown + "; expected one of " + new TreeSet<>(known));
            } else if (fields.values.putIfAbsent(name, tuple.getValueNode()) != null) {
                mistakes.add(tuple.getKeyNode(), "'" + name + "' is given twice");
            }
        }
        return fields;
    }

    Node node() {
        return node;
    }

    Optional<Node> get(String name) {
        return Optional.ofNullable(values.get(name));
    }

    /** The field, or a mistake. */
    Optional<Node> required(String name) {
        if (node instanceof MappingNode && !values.containsKey(name)) {
            mistakes.add(node, what + " has no '" + name + "'");
        }
        return get(name);
    }

    /** A text that has this form; empty, with a mistake, when it has not. */
    Optional<String> matching(Optional<Node> field, String name, Pattern form, String expected) {
        return field.flatMap(value -> {
            Optional<String> text = text(value).filter(it -> form.matcher(it).matches());
            if (text.isEmpty()) {
                mistakes.add(value, "'" + name + "' is wrong; expected " + expected);
            }
            return text;
        });
    }

    OptionalInt whole(String name, int min, int max) {
        Optional<Node> field = get(name);
        if (field.isEmpty()) {
            return OptionalInt.empty();
        }
        String digits = scalar(field.get(), Tag.INT);
        if (!digits.isEmpty() && digits.length() < LONGEST_NUMBER) {
            long value = Long.parseLong(digits);
            if (value >= min && value <= max) {
                return OptionalInt.of((int) value);
            }
        }
        mistakes.add(field.get(), "'" + name + "' is wrong; expected a whole number from " + min + " to " + max);
        return OptionalInt.empty();
    }

    OptionalDouble number(String name, double min, double max) {
        Optional<Node> field = get(name);
        if (field.isEmpty()) {
            return OptionalDouble.empty();
        }
        String digits = scalar(field.get(), Tag.INT) + scalar(field.get(), Tag.FLOAT);
        // .nan and .inf are floats to YAML.
        if (digits.matches("-?\\d{1,9}(\\.\\d{0,9})?")) {
            double value = Double.parseDouble(digits);
            if (value >= min && value <= max) {
                return OptionalDouble.of(value);
            }
        }
        mistakes.add(field.get(), "'" + name + "' is wrong; expected a number from " + min + " to " + max);
        return OptionalDouble.empty();
    }

    /** The text of a scalar that is one; a number or a boolean must be quoted to be text. */
    static Optional<String> text(Node node) {
        return node instanceof ScalarNode scalar && node.getTag().equals(Tag.STR)
                ? Optional.of(scalar.getValue())
                : Optional.empty();
    }

    private static String scalar(Node node, Tag tag) {
        return node instanceof ScalarNode scalar && node.getTag().equals(tag) ? scalar.getValue() : "";
    }
}
