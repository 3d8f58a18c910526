package gptbroker.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.util.concurrent.atomic.AtomicInteger;

/** Backend projects of a {@link Rig}, as their operator makes them and as they ask. */
record Backend(Rig rig, Operator operator) {
    private static final AtomicInteger SLUGS = new AtomicInteger();

    /** A name that no project has yet. */
    static String slug() {
        return "p" + SLUGS.incrementAndGet();
    }

    /** The text of a key of a new project. */
    String key(String settings) {
        return keyOf(operator.project(slug(), settings));
    }

    /** The text of a new key of this project. */
    String keyOf(JsonNode project) {
        return operator.key(project.path("slug").textValue()).path("key").textValue();
    }

    HttpResponse<String> query(String key, String json) {
        return rig.send(rig.request("/query")
                .header("X-API-Key", key)
                .header("Content-Type", "application/json")
                .POST(BodyPublishers.ofString(json)));
    }

    /** The JSON of a 200. */
    static JsonNode ok(HttpResponse<String> answer) {
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        return Operator.json(answer);
    }
}
