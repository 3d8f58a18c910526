package gptbroker.declare;

import gptbroker.config.ConfigException;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.SequencedSet;
import java.util.TreeMap;
import org.snakeyaml.engine.v2.nodes.Node;

/** The mistakes of one file, in the order of its lines. They name fields, never what a prompt says. */
final class Mistakes {
    private static final int MOST = 100;

    private final Map<Integer, SequencedSet<String>> byLine = new TreeMap<>();

    void add(Node where, String what) {
        add(where.getStartMark().map(mark -> mark.getLine() + 1).orElse(1), what);
    }

    void add(int line, String what) {
        byLine.computeIfAbsent(line, key -> new LinkedHashSet<>()).add(what);
    }

    void addAll(Mistakes others) {
        others.byLine.forEach((line, all) -> all.forEach(what -> add(line, what)));
    }

    boolean isEmpty() {
        return byLine.isEmpty();
    }

    /** What the operator is told. */
    ConfigException told() {
        return new ConfigException(byLine.entrySet().stream()
                .flatMap(line ->
                        line.getValue().stream().map(what -> "PROMPTS_FILE line " + line.getKey() + ": " + what))
                .limit(MOST)
                .toList());
    }
}
