package gptbroker.config;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/** Finds the one value of each variable among its names, their {@code _FILE} forms and {@code .env}. */
final class Sources {
    private static final int MAX_FILE_BYTES = 64 * 1024;

    private final Map<String, String> environment = new TreeMap<>();
    private final Set<String> fileNames;
    private final Path directory;
    private final Consumer<String> mistakes;

    /** The real environment wins over {@code .env}; unknown names of ours are mistakes. */
    Sources(Map<String, String> real, Path directory, Consumer<String> mistakes) {
        this.directory = directory;
        this.mistakes = mistakes;
        var file = DotenvFile.read(directory, mistakes);
        fileNames = Set.copyOf(file.keySet());
        environment.putAll(file);
        environment.putAll(real);
        environment.keySet().stream().filter(Names::isUnknownOfOurs).forEach(this::unknown);
        splitAddress();
    }

    private void unknown(String name) {
        var hint = Names.nearest(name).map(near -> "did you mean " + near + "?").orElse("see env/example.env");
        mistakes.accept(name + " is not a variable of the broker; " + hint);
    }

    /** {@code ADDRESS} stands for {@code HOST} and {@code PORT}. */
    private void splitAddress() {
        var address = environment.getOrDefault("ADDRESS", "").strip();
        if (address.isEmpty()) {
            return;
        }
        int colon = address.lastIndexOf(':');
        if (colon < 0) {
            mistakes.accept("ADDRESS has no port; expected :8080 or 127.0.0.1:8080");
            return;
        }
        part("HOST", address.substring(0, colon).replaceAll("[\\[\\]]", ""));
        part("PORT", address.substring(colon + 1));
    }

    private void part(String name, String value) {
        var set = environment.getOrDefault(name, "").strip();
        if (!set.isEmpty() && !value.isEmpty() && !set.equals(value)) {
            mistakes.accept("ADDRESS and " + name + " are both set and differ; expected one of them");
        } else if (!value.isEmpty()) {
            environment.put(name, value);
        }
    }

    /** The names that stand in {@code .env}. */
    Set<String> fileNames() {
        return fileNames;
    }

    /** The value of every variable that is set to something. */
    Map<Variable, Source> resolve() {
        var found = new EnumMap<Variable, Source>(Variable.class);
        for (var variable : Variable.values()) {
            one(variable).ifPresent(source -> found.put(variable, source));
        }
        return found;
    }

    private Optional<Source> one(Variable variable) {
        var set = new ArrayList<Source>();
        for (var name : variable.names()) {
            add(set, name, environment.getOrDefault(name, ""));
            add(set, name + Names.FILE, content(name + Names.FILE));
        }
        if (set.stream().map(s -> Normal.of(variable, s.value())).distinct().count() > 1) {
            mistakes.accept(and(set) + " are set and differ; expected one of them");
        }
        return set.stream().findFirst().map(s -> new Source(s.name(), Normal.of(variable, s.value())));
    }

    private static void add(List<Source> set, String name, String value) {
        if (!value.isBlank()) {
            set.add(new Source(name, value.strip()));
        }
    }

    private static String and(List<Source> set) {
        return set.stream().map(Source::name).collect(Collectors.joining(" and "));
    }

    private String content(String name) {
        var path = environment.getOrDefault(name, "").strip();
        if (path.isEmpty()) {
            return "";
        }
        try {
            var file = directory.resolve(path);
            if (!Files.isRegularFile(file) || Files.size(file) > MAX_FILE_BYTES) {
                mistakes.accept(name + " names no file of at most 64 KB; expected the path of a file with the value");
                return "";
            }
            var content = Files.readString(file);
            if (content.isBlank()) {
                mistakes.accept(name + " names an empty file; expected the path of a file with the value");
            }
            return content;
        } catch (IOException | InvalidPathException e) {
            mistakes.accept(name + " cannot be read; expected the path of a UTF-8 file that this user may read");
            return "";
        }
    }
}
