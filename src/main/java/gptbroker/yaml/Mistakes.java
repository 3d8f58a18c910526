package gptbroker.yaml;

import gptbroker.config.ConfigException;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.SequencedSet;
import java.util.TreeMap;
import org.snakeyaml.engine.v2.nodes.Node;

/** The mistakes of one file, in the order of its lines. They name fields, never what the file says. Not thread-safe. */
public final class Mistakes {
    private static final int MOST = 100;

    private final String file;
    private final Map<Integer, SequencedSet<String>> byLine = new TreeMap<>();

    /** @param file the variable that names the file */
    public Mistakes(String file) {
        this.file = file;
    }

    /** For a part of the same file, to be looked at on its own before it is {@link #addAll added}. */
    public Mistakes own() {
        return new Mistakes(file);
    }

    /** The variable that names the file. */
    String file() {
        return file;
    }

    /** A mistake at the line of a node. */
    public void add(Node where, String what) {
        add(where.getStartMark().map(mark -> mark.getLine() + 1).orElse(1), what);
    }

    /** A mistake at a line, counted from 1. */
    public void add(int line, String what) {
        byLine.computeIfAbsent(line, key -> new LinkedHashSet<>()).add(what);
    }

    /** Takes over the mistakes of a part. */
    public void addAll(Mistakes others) {
        others.byLine.forEach((line, all) -> all.forEach(what -> add(line, what)));
    }

    /** Whether nothing was wrong. */
    public boolean isEmpty() {
        return byLine.isEmpty();
    }

    /** What the operator is told. */
    public ConfigException told() {
        return new ConfigException(byLine.entrySet().stream()
                .flatMap(line -> line.getValue().stream().map(what -> file + " line " + line.getKey() + ": " + what))
                .limit(MOST)
                .toList());
    }
}
