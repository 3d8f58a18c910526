package gptbroker;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** {@code docs/seeds.md} names the tests that hold its rows: they must be there. */
class SeedsPageTest {
    private static final Pattern NAME = Pattern.compile("`([A-Z]\\w*(?:Test|Checks))?(?:#(\\w+))?`");

    @Test
    void everyNamedTestIsThere() throws IOException {
        Map<String, String> sources = sources();
        List<String> missing = new ArrayList<>();
        for (String row : Files.readAllLines(Path.of("docs", "seeds.md"))) {
            String type = null;
            for (MatchResult name : NAME.matcher(row).results().toList()) {
                type = name.group(1) == null ? type : name.group(1);
                String method = name.group(2);
                String source = sources.get(type);
                if (source == null || method != null && !source.contains(" " + method + "(")) {
                    missing.add(type + "#" + method + " in " + row);
                }
            }
        }
        assertThat(missing).isEmpty();
    }

    /** Rows are added in parallel, and a merge may keep both sides. */
    @Test
    void noRowStandsTwiceInItsTable() throws IOException {
        Set<String> seen = new HashSet<>();
        List<String> twice = new ArrayList<>();
        for (String line : Files.readAllLines(Path.of("docs", "seeds.md"))) {
            if (!line.startsWith("| S")) {
                seen.clear();
            } else if (!seen.add(line.split("\\|")[1])) {
                twice.add(line);
            }
        }
        assertThat(twice).isEmpty();
    }

    /** By the class' simple name; of two with one name, both. */
    private static Map<String, String> sources() throws IOException {
        Map<String, String> found = new TreeMap<>();
        for (Path root : List.of(Path.of("src", "test", "java"), Path.of("test-broker", "src"))) {
            try (var files = Files.walk(root)) {
                for (Path file :
                        files.filter(path -> path.toString().endsWith(".java")).toList()) {
                    String name = file.getFileName().toString().replace(".java", "");
                    found.merge(name, Files.readString(file), String::concat);
                }
            }
        }
        return found;
    }
}
