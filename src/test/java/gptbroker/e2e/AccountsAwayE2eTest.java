package gptbroker.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import gptbroker.testing.Eventually;
import gptbroker.testing.TestPostgres;
import gptbroker.testing.TestRedis;
import java.io.IOException;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Accounts while a store is away: an outage opens no door, and never looks like a wrong password. */
class AccountsAwayE2eTest {
    private static final String ANN = "{\"username\":\"ann\",\"password\":\"bazbar\"}";

    private static HttpResponse<String> send(Rig rig, String path, String json) {
        return rig.send(rig.request(path).POST(BodyPublishers.ofString(json)));
    }

    private static String token(HttpResponse<String> answer) throws IOException {
        JsonNode json = new ObjectMapper().readTree(answer.body());
        return json.path("Token").textValue();
    }

    private static void unavailable(HttpResponse<String> answer) {
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(503);
        assertThat(answer.headers().firstValue("x-error-code")).hasValue("identity_unavailable");
        assertThat(answer.headers().firstValue("retry-after")).isPresent();
    }

    @Test
    void withoutRedisNobodyGuessesAndSessionsGoOn() throws IOException {
        try (TestRedis redis = TestRedis.start();
                Rig rig = Rig.start(Map.of("ACCOUNTS", "on", "REDIS_TIMEOUT", "1s"), redis, TestPostgres.shared())) {
            String token = token(send(rig, "/user/signup", ANN));
            redis.kill();
            unavailable(send(rig, "/user/login", ANN));
            unavailable(send(rig, "/user/signup", ANN.replace("ann", "bob")));
            assertThat(rig.get("/user/session", token).statusCode()).isEqualTo(200);
            redis.restart();
        }
    }

    @Test
    void withoutPostgresASessionIsNotCalledInvalid() throws IOException {
        try (TestPostgres postgres = TestPostgres.start();
                Rig rig = Rig.start(Map.of("ACCOUNTS", "on", "REDIS_TIMEOUT", "5s"), TestRedis.shared(), postgres)) {
            String token = token(send(rig, "/user/signup", ANN));
            postgres.stop();
            unavailable(rig.get("/user/session", token));
            unavailable(send(rig, "/user/login", ANN));
            // Supabase's users do not need it to ask the model.
            assertThat(rig.get("/simple-gpt-4o-mini-complete?prompt=x", rig.token(rig.user()))
                            .statusCode())
                    .isEqualTo(200);
            postgres.restart();
            Eventually.within(
                    Duration.ofSeconds(60),
                    "signing in works again",
                    () -> send(rig, "/user/login", ANN).statusCode() == 200);
        }
    }
}
