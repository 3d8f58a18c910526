package gptbroker.project;

import com.fasterxml.jackson.databind.JsonNode;
import gptbroker.problem.Problem;
import gptbroker.problem.ProblemCode;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;

/** Reads the fields of a JSON object that the operator sent, and collects what is wrong with them. */
final class Fields {
    private final JsonNode object;
    private final String path;
    private final List<String> wrong;

    private Fields(JsonNode object, String path, List<String> wrong) {
        this.object = object;
        this.path = path;
        this.wrong = wrong;
    }

    /** The fields of a whole document; any other than the known ones is a mistake. */
    static Fields of(JsonNode object, Set<String> known) {
        return new Fields(object, "", new ArrayList<>()).knowing(known);
    }

    /** The fields of an inner object, an absent one being empty. */
    Fields inner(String name, Set<String> known) {
        JsonNode inner = object.path(name);
        if (!inner.isObject() && !inner.isNull() && !inner.isMissingNode()) {
            mistake(name);
        }
        return new Fields(inner, path + "/" + name, wrong).knowing(known);
    }

    private Fields knowing(Set<String> known) {
        object.fieldNames().forEachRemaining(name -> {
            if (!known.contains(name)) {
                mistake(name);
            }
        });
        return this;
    }

    /** A text of some letters, none of which Postgres or a terminal could not bear, line breaks and tabs aside. */
    Optional<String> text(String name, int longest) {
        Optional<JsonNode> node = present(name);
        if (node.isEmpty()) {
            return Optional.empty();
        }
        String text = node.get().isTextual() ? node.get().textValue() : "";
        if (text.isEmpty() || text.length() > longest || !isStorable(text)) {
            mistake(name);
            return Optional.empty();
        }
        return Optional.of(text);
    }

    OptionalLong whole(String name, long most) {
        Optional<JsonNode> node = present(name);
        if (node.isEmpty()) {
            return OptionalLong.empty();
        }
        JsonNode value = node.get();
        if (!value.isIntegralNumber()
                || !value.canConvertToLong()
                || value.longValue() < 0
                || value.longValue() > most) {
            mistake(name);
            return OptionalLong.empty();
        }
        return OptionalLong.of(value.longValue());
    }

    OptionalInt whole(String name, int most) {
        OptionalLong value = whole(name, (long) most);
        return value.isPresent() ? OptionalInt.of((int) value.getAsLong()) : OptionalInt.empty();
    }

    OptionalDouble number(String name, double most) {
        Optional<JsonNode> node = present(name);
        if (node.isEmpty()) {
            return OptionalDouble.empty();
        }
        double value = node.get().isNumber() ? node.get().doubleValue() : -1;
        if (!(value >= 0 && value <= most)) {
            mistake(name);
            return OptionalDouble.empty();
        }
        return OptionalDouble.of(value);
    }

    /** An amount of money as a number, or as a text, which no reader rounds. */
    Optional<BigDecimal> amount(String name, BigDecimal most) {
        Optional<JsonNode> node = present(name);
        if (node.isEmpty()) {
            return Optional.empty();
        }
        try {
            BigDecimal value = node.get().isNumber() || node.get().isTextual()
                    ? new BigDecimal(node.get().asText())
                    : BigDecimal.ONE.negate();
            if (value.signum() >= 0 && value.compareTo(most) <= 0 && value.scale() <= 12 && value.precision() <= 30) {
                return Optional.of(value);
            }
        } catch (NumberFormatException e) {
            // told below
        }
        mistake(name);
        return Optional.empty();
    }

    void mistake(String name) {
        wrong.add(path + "/" + name);
    }

    /** @throws Problem 400 {@code parameter_invalid} that names all that is wrong */
    void check() {
        if (!wrong.isEmpty()) {
            throw Problem.of(ProblemCode.PARAMETER_INVALID, "fields")
                    .in(wrong.stream()
                            .limit(10)
                            .map(name -> name.length() > 100 ? name.substring(0, 100) + "…" : name)
                            .toList());
        }
    }

    private Optional<JsonNode> present(String name) {
        JsonNode node = object.path(name);
        return node.isMissingNode() || node.isNull() ? Optional.empty() : Optional.of(node);
    }

    private static boolean isStorable(String text) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (Character.isHighSurrogate(c) && i + 1 < text.length() && Character.isLowSurrogate(text.charAt(i + 1))) {
                i++;
            } else if (Character.isSurrogate(c) || Character.isISOControl(c) && "\n\r\t".indexOf(c) < 0) {
                return false;
            }
        }
        return true;
    }
}
