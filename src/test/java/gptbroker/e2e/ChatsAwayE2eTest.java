package gptbroker.e2e;

import static gptbroker.e2e.Talker.ok;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import gptbroker.testing.Eventually;
import gptbroker.testing.TestPostgres;
import gptbroker.testing.TestRedis;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Chats while a store is away. */
class ChatsAwayE2eTest {
    @Test
    void anAnswerOutlivesPostgres() throws Exception {
        try (TestPostgres postgres = TestPostgres.start();
                Rig rig = Rig.start(Map.of("ADDRESS_RATE_LIMIT", "0"), TestRedis.shared(), postgres)) {
            var talker = new Talker(rig);
            String chat = talker.chat();
            String body = Talker.json("id", chat, "prompt", "[[model:slow-3000]] x");
            var asked = CompletableFuture.supplyAsync(() -> talker.post("/chat/prompt", body));
            Eventually.within(Duration.ofSeconds(60), "begun", () -> rig.model().calls() == 1);
            postgres.stop();
            HttpResponse<String> refused = talker.post("/chat/read", Talker.json("id", chat));
            assertThat(refused.statusCode()).isEqualTo(503);
            assertThat(refused.headers().firstValue("retry-after")).isPresent();
            JsonNode answer = ok(asked.get(60, TimeUnit.SECONDS));
            assertThat(answer.path("reply").textValue()).isNotEmpty();
            postgres.restart();
            Eventually.within(
                    Duration.ofSeconds(60),
                    "the reply is in the chat",
                    () -> rig.archive("select count(*) from broker_messages where reply <> ''")
                            .getFirst()
                            .equals("1"));
            assertThat(talker.read(chat).at("/messages/0/reply")).isEqualTo(answer.path("reply"));
        }
    }

    @Test
    void withoutRedisNoTurnIsTakenAndNothingIsLeft() {
        try (TestRedis redis = TestRedis.start();
                Rig rig = Rig.start(
                        Map.of("ADDRESS_RATE_LIMIT", "0", "REDIS_TIMEOUT", "250ms"), redis, TestPostgres.shared())) {
            var talker = new Talker(rig);
            String chat = talker.chat();
            redis.kill();
            talker.refused(503, "quota_unavailable", "/chat/prompt", "id", chat, "prompt", "x");
            talker.refused(503, "quota_unavailable", "/chat/prompt", "id", chat, "prompt", "x", "otr", true);
            assertThat(talker.read(chat).path("messages")).isEmpty();
            redis.restart();
        }
    }
}
