package gptbroker.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import gptbroker.testing.AccessLines;
import gptbroker.testing.Eventually;
import java.net.http.HttpRequest.BodyPublishers;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The log's {@code upstream_ms}: all the time that a request has waited for the provider, of streams too. */
class UpstreamTimeE2eTest {
    /** Far less than the provider takes: on a busy machine some of that passes while nobody waits for it yet. */
    private static final long LEAST = 200;

    private static Rig rig;
    private static AccessLines lines;

    @BeforeAll
    static void start() {
        rig = Rig.start(Map.of("REDIS_TIMEOUT", "5s"));
        lines = new AccessLines();
    }

    @AfterAll
    static void stop() {
        lines.close();
        rig.close();
    }

    /** One waits before the head, the other between twenty pieces after it. */
    @ParameterizedTest
    @CsvSource({
        "/gpt-4o, */*, slow-1000",
        "/stream, */*, slow-1000",
        "/stream, text/event-stream, slow-1000",
        "/stream, text/event-stream, chunks-20-50",
        "/v1/chat/completions, */*, slow-1000",
        "/v1/chat/completions, */*, chunks-20-50",
    })
    void isTold(String path, String accept, String script) throws Exception {
        int before = lines.count();
        String stream = path.startsWith("/v1") && script.startsWith("chunks") ? ",\"stream\":true" : "";
        rig.send(rig.request(path)
                .header("Authorization", "Bearer " + rig.token(rig.user()))
                .header("Content-Type", "application/json")
                .header("Accept", accept)
                .POST(BodyPublishers.ofString("{\"model\":\"gpt-4o\"" + stream
                        + ",\"messages\":[{\"role\":\"user\",\"content\":\"[[model:" + script + "]]\"}]}")));
        Eventually.isTrue("a line", () -> !lines.since(before).isEmpty());
        String line = lines.since(before).getFirst();
        JsonNode facts = new ObjectMapper().readTree(line);
        assertThat(facts.path("upstream_ms").asLong())
                .as(line)
                .isBetween(LEAST, facts.path("ms").asLong());
    }
}
