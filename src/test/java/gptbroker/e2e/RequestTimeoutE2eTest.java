package gptbroker.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** A request whose own time is over before the model has said anything. */
class RequestTimeoutE2eTest {
    @Test
    void aSilentModelIsATimeoutAndCostsNothing() {
        try (Rig rig = Rig.start(Map.of("REQUEST_TIMEOUT", "2s"))) {
            for (String silence : List.of("fault-stall-head", "fault-stall-first")) {
                UUID user = rig.user();
                HttpResponse<String> answer = rig.send(rig.request("/stream")
                        .header("Authorization", "Bearer " + rig.token(user))
                        .header("Accept", "text/event-stream")
                        .header("Content-Type", "application/json")
                        .POST(BodyPublishers.ofString("{\"model\":\"gpt-4o\",\"messages\":[{\"role\":\"user\","
                                + "\"content\":\"[[model:" + silence + "]] Hello\"}]}")));
                assertThat(answer.statusCode()).as(silence).isEqualTo(504);
                assertThat(answer.headers().firstValue("x-error-code")).hasValue("upstream_timeout");
                assertThat(answer.headers().firstValue("x-ratelimit-remaining")).hasValue("50");
                rig.archived(
                        "select status, units, error_code from responses where user_id = '" + user + "'",
                        List.of("error|0|upstream_timeout"));
            }
        }
    }
}
