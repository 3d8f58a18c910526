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
    private static final int DELAY = 400;

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
        "/gpt-4o, */*, slow-400",
        "/stream, */*, slow-400",
        "/stream, text/event-stream, slow-400",
        "/stream, text/event-stream, chunks-20-20",
        "/v1/chat/completions, */*, slow-400",
        "/v1/chat/completions, */*, chunks-20-20",
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
                .isBetween(DELAY / 2L, facts.path("ms").asLong());
    }
}
