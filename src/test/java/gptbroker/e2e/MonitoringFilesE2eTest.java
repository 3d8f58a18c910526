package gptbroker.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import gptbroker.testing.Eventually;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What dashboards, alerts and the operator's page call a metric is what a broker really exposes, after some traffic. */
class MonitoringFilesE2eTest {
    private static final Pattern NAME = Pattern.compile("\\b(?:gpt_broker|process|jvm)_[a-z_]+\\b");
    private static final Pattern FAMILY = Pattern.compile("(?m)^# TYPE ([a-z_]+) ");
    private static final Pattern SAMPLE = Pattern.compile("(?m)^([a-z_]+)[{ ]");

    private static Set<String> families;
    private static Set<String> samples;

    @BeforeAll
    static void scrape() {
        try (Rig rig = Rig.start(Map.of())) {
            String token = rig.token(rig.user());
            assertThat(rig.get("/simple-gpt-4o-mini-complete?prompt=Hello", token)
                            .statusCode())
                    .isEqualTo(200);
            String stream = "{\"model\":\"gpt-4o\",\"messages\":[{\"role\":\"user\",\"content\":\"Hello\"}]}";
            assertThat(rig.post("/stream", token, stream).statusCode()).isEqualTo(200);
            assertThat(rig.get("/nowhere", token).statusCode()).isEqualTo(404);
            // Requests are measured after their answer has left, and rows are written later still.
            Eventually.within(
                    Duration.ofSeconds(60),
                    "everything measured",
                    () -> rig.internal("/metrics").body().matches("(?s).*archive_rows_total [1-9].*")
                            && rig.internal("/metrics").body().contains("route=\"/stream\"")
                            && rig.internal("/metrics").body().contains("gpt_broker_failed_requests{"));
            String text = rig.internal("/metrics").body();
            families = found(FAMILY, 1, text);
            samples = found(SAMPLE, 1, text);
        }
    }

    private static Set<String> found(Pattern pattern, int group, String text) {
        return pattern.matcher(text)
                .results()
                .map(match -> match.group(group))
                .collect(Collectors.toCollection(TreeSet::new));
    }

    private static Set<String> named(String file) throws IOException {
        return found(NAME, 0, Files.readString(Path.of(file)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"deploy/prometheus/alerts.yml", "deploy/grafana/gpt-broker.json"})
    void everySampleThatIsAskedForExists(String file) throws IOException {
        assertThat(named(file)).isNotEmpty().isSubsetOf(samples);
    }

    @Test
    void thePageNamesEveryMetricAndNoOther() throws IOException {
        assertThat(named("docs/watch.md")).isEqualTo(families);
    }

    @ParameterizedTest
    @ValueSource(strings = {"docs/operate.md", "docs/night.md"})
    void theOtherPagesNameMetricsThatExist(String file) throws IOException {
        assertThat(named(file)).isNotEmpty().isSubsetOf(families);
    }

    @Test
    void theDashboardIsWellFormed() throws IOException {
        var dashboard = new ObjectMapper()
                .readTree(Path.of("deploy/grafana/gpt-broker.json").toFile());
        assertThat(dashboard.path("panels").size()).isPositive();
        assertThat(dashboard.path("panels").findValuesAsText("id")).doesNotHaveDuplicates();
    }
}
