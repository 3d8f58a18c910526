package gptbroker.yaml;

import java.math.BigDecimal;
import java.util.LinkedHashMap;
import java.util.List;
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
import org.snakeyaml.engine.v2.nodes.SequenceNode;
import org.snakeyaml.engine.v2.nodes.Tag;

/** The fields of one mapping of a file, as typed values; what is wrong or unknown goes to the mistakes. */
public final class Fields {
    private static final int LONGEST_NUMBER = 20;
    private static final Pattern AMOUNT = Pattern.compile("\\d{1,9}(\\.\\d{1,6})?");

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
    public static Fields of(Node node, String what, Set<String> known, Mistakes mistakes) {
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

    /** The mapping itself. */
    public Node node() {
        return node;
    }

    /** The field as it stands in the file. */
    public Optional<Node> get(String name) {
        return Optional.ofNullable(values.get(name));
    }

    /** The field, or a mistake. */
    public Optional<Node> required(String name) {
        if (node instanceof MappingNode && !values.containsKey(name)) {
            mistakes.add(node, what + " has no '" + name + "'");
        }
        return get(name);
    }

    /** A text that has this form; empty, with a mistake, when it has not. */
    public Optional<String> matching(Optional<Node> field, String name, Pattern form, String expected) {
        return field.flatMap(value -> {
            Optional<String> text = text(value).filter(it -> form.matcher(it).matches());
            if (text.isEmpty()) {
                mistakes.add(value, "'" + name + "' is wrong; expected " + expected);
            }
            return text;
        });
    }

    /** A whole number; empty, with a mistake, when it is none within these bounds. */
    public OptionalInt whole(String name, int min, int max) {
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

    /** A number; empty, with a mistake, when it is none within these bounds. */
    public OptionalDouble number(String name, double min, double max) {
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

    /** A number as it is written, of at most nine digits before and six behind the point, not negative. */
    public Optional<BigDecimal> amount(String name) {
        return get(name).flatMap(field -> {
            String digits = scalar(field, Tag.INT) + scalar(field, Tag.FLOAT);
            if (AMOUNT.matcher(digits).matches()) {
                return Optional.of(new BigDecimal(digits));
            }
            mistakes.add(field, "'" + name + "' is wrong; expected a number with at most six decimals, not negative");
            return Optional.empty();
        });
    }

    /** The items of a list; none, with a mistake, when it is something else. */
    public List<Node> list(String name) {
        return get(name)
                .map(field -> {
                    if (field instanceof SequenceNode sequence) {
                        return sequence.getValue();
                    }
                    mistakes.add(field, "'" + name + "' is wrong; expected a list");
                    return List.<Node>of();
                })
                .orElseGet(List::of);
    }

    /** The text of a scalar that is one; a number or a boolean must be quoted to be text. */
    public static Optional<String> text(Node node) {
        return node instanceof ScalarNode scalar && node.getTag().equals(Tag.STR)
                ? Optional.of(scalar.getValue())
                : Optional.empty();
    }

    private static String scalar(Node node, Tag tag) {
        return node instanceof ScalarNode scalar && node.getTag().equals(tag) ? scalar.getValue() : "";
    }
}
