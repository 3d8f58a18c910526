package gptbroker;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Links of our pages to each other, and of alarms to the page for the night, lead to a file and to a heading in it. */
class LinksTest {
    private static final Pattern LINK = Pattern.compile("]\\((?!http)([^)\\s]+)\\)");
    private static final Pattern RUNBOOK = Pattern.compile("(?m)runbook: (\\S+)$");
    private static final Pattern CODE = Pattern.compile("(?ms)^```.*?^```");
    private static final Pattern HEADING = Pattern.compile("(?m)^#+ (.*)$");

    private static List<Path> pages() throws IOException {
        try (Stream<Path> docs = Files.list(Path.of("docs"))) {
            return Stream.concat(
                            docs,
                            Stream.of(
                                            "README.md",
                                            "CONTRIBUTING.md",
                                            "CHANGELOG.md",
                                            "deploy/k8s/README.md",
                                            "test-broker/README.md")
                                    .map(Path::of))
                    .filter(page -> page.toString().endsWith(".md"))
                    .toList();
        }
    }

    private static List<String> found(Pattern pattern, String text) {
        return pattern.matcher(text).results().map(match -> match.group(1)).toList();
    }

    private static String text(Path page) throws IOException {
        return CODE.matcher(Files.readString(page)).replaceAll("");
    }

    /** The names that a page's headings have in links, as GitHub makes them. */
    private static Set<String> anchors(Path page) throws IOException {
        return found(HEADING, text(page)).stream()
                .map(heading -> heading.strip()
                        .toLowerCase(Locale.ROOT)
                        .replaceAll("[^\\p{L}\\p{N}_ -]", "")
                        .replace(' ', '-'))
                .collect(Collectors.toSet());
    }

    private static void assertLeads(Path from, Path folder, String link) throws IOException {
        String[] parts = link.split("#", 2);
        Path target = parts[0].isEmpty() ? from : folder.resolve(parts[0]).normalize();
        assertThat(target).as("%s: %s", from, link).exists();
        if (parts.length > 1) {
            assertThat(anchors(target)).as("%s: %s", from, link).contains(parts[1]);
        }
    }

    @Test
    void ofPages() throws IOException {
        List<Path> pages = pages();
        assertThat(pages).hasSizeGreaterThan(15);
        for (Path page : pages) {
            for (String link : found(LINK, text(page))) {
                assertLeads(page, page.toAbsolutePath().getParent(), link);
            }
        }
    }

    @Test
    void ofAlarms() throws IOException {
        Path alerts = Path.of("deploy/prometheus/alerts.yml");
        List<String> runbooks = found(RUNBOOK, Files.readString(alerts));
        assertThat(runbooks).isNotEmpty();
        for (String runbook : runbooks) {
            assertLeads(alerts, Path.of("."), runbook);
        }
    }
}
