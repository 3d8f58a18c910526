package gptbroker.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;

/** JSON objects as lines of aligned columns. */
final class AdminTable {
    private static final int WIDEST = 48;
    private static final int WIDEST_FIELD = 400;

    private AdminTable() {}

    /** One line an object; absent values are {@code -}. */
    static void rows(PrintWriter out, Iterable<JsonNode> objects, String... fields) {
        var lines = new ArrayList<List<String>>();
        lines.add(List.of(fields).stream().map(AdminTable::heading).toList());
        for (JsonNode object : objects) {
            lines.add(List.of(fields).stream()
                    .map(field -> cell(object.path(field), WIDEST))
                    .toList());
        }
        print(out, lines);
    }

    /** One line a field of the object. */
    static void fields(PrintWriter out, JsonNode object) {
        var lines = new ArrayList<List<String>>();
        object.properties()
                .forEach(field -> lines.add(List.of(heading(field.getKey()), cell(field.getValue(), WIDEST_FIELD))));
        print(out, lines);
    }

    private static void print(PrintWriter out, List<List<String>> lines) {
        int columns = lines.isEmpty() ? 0 : lines.getFirst().size();
        int[] widths = new int[columns];
        for (List<String> line : lines) {
            for (int i = 0; i < columns; i++) {
                widths[i] = Math.max(widths[i], line.get(i).length());
            }
        }
        for (List<String> line : lines) {
            var text = new StringBuilder();
            for (int i = 0; i < columns; i++) {
                text.append(line.get(i))
                        .append(" ".repeat(widths[i] - line.get(i).length() + 2));
            }
            out.println(text.toString().stripTrailing());
        }
        out.flush();
    }

    private static String heading(String field) {
        return field.replace('_', ' ');
    }

    /** What users wrote must not steer the operator's terminal. */
    private static String cell(JsonNode value, int widest) {
        if (value.isNull() || value.isMissingNode()) {
            return "-";
        }
        String text = (value.isContainerNode() ? value.toString() : value.asText()).replaceAll("[\\p{C}\\s]+", " ");
        return text.length() <= widest ? text : text.substring(0, widest - 1) + "…";
    }
}
