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
            lines.add(cells(object, List.of(fields)));
        }
        print(out, lines);
    }

    /** As {@link #rows}, one by one as they come: columns widen when they have to. For one thread. */
    static final class Growing {
        private final PrintWriter out;
        private final List<String> fields;
        private final int[] widths;
        private boolean begun;

        Growing(PrintWriter out, List<String> fields) {
            this.out = out;
            this.fields = List.copyOf(fields);
            this.widths = new int[fields.size()];
        }

        void add(JsonNode object) {
            var lines = new ArrayList<List<String>>();
            if (!begun) {
                lines.add(fields.stream().map(AdminTable::heading).toList());
                begun = true;
            }
            lines.add(cells(object, fields));
            print(out, lines, widths);
        }
    }

    /** One line a field of the object. */
    static void fields(PrintWriter out, JsonNode object) {
        var lines = new ArrayList<List<String>>();
        object.properties()
                .forEach(field -> lines.add(List.of(heading(field.getKey()), cell(field.getValue(), WIDEST_FIELD))));
        print(out, lines);
    }

    private static List<String> cells(JsonNode object, List<String> fields) {
        return fields.stream().map(field -> cell(object.path(field), WIDEST)).toList();
    }

    private static void print(PrintWriter out, List<List<String>> lines) {
        print(out, lines, new int[lines.isEmpty() ? 0 : lines.getFirst().size()]);
    }

    private static void print(PrintWriter out, List<List<String>> lines, int[] widths) {
        int columns = widths.length;
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
