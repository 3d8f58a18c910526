package gptbroker.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import gptbroker.testing.Eventually;
import gptbroker.testing.TestRedis;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A broker is killed while it streams a reply to readers on another one. */
class ChatDeathE2eTest {
    @TempDir
    Path folder;

    @Test
    void theOtherBrokerKeepsWhatHasComeAndTellsTheReaders() throws Exception {
        String prefix = "chats-" + UUID.randomUUID();
        try (var rig = Rig.start(Map.of("ADDRESS_RATE_LIMIT", "0", "REDIS_PREFIX", prefix))) {
            var talker = new Talker(rig);
            String chat = talker.chat();
            Map<String, String> environment = Map.of(
                    "REDIS_PREFIX",
                    prefix,
                    "REDIS_URL",
                    TestRedis.shared().url(),
                    "DATABASE_URL",
                    rig.database().reveal(),
                    "SUPABASE_URL",
                    rig.issuer().url(),
                    "OPENAI_API_URL",
                    rig.model().url(),
                    "OPENAI_API_KEY",
                    "sk-test-key",
                    "ARCHIVE_CHECKPOINT_INTERVAL",
                    "100ms");
            try (var hearer = new Hearer(rig, talker, chat)) {
                try (var victim = ServeProcess.start(folder, environment);
                        var http = HttpClient.newHttpClient()) {
                    var answer = http.send(
                            HttpRequest.newBuilder(URI.create(victim.url() + "/chat/prompt"))
                                    .header("Authorization", "Bearer " + talker.token)
                                    .POST(BodyPublishers.ofString(Talker.json(
                                            "id", chat, "prompt", "[[model:chunks-600-50]] x", "stream", true)))
                                    .build(),
                            BodyHandlers.ofString());
                    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
                    Eventually.within(
                            Duration.ofSeconds(20),
                            "pieces, and a checkpoint of them",
                            () -> hearer.frames().size() > 5
                                    && rig.archive("select count(*) from responses r join broker_messages m"
                                                    + " on m.id = r.input_id where r.status_rank = 1 and m.chat_id = '"
                                                    + chat + "'")
                                            .equals(List.of("1")));
                }
                // A broker that is silent for 15 s is dead.
                Eventually.within(
                        Duration.ofSeconds(60),
                        "told of the death",
                        () -> hearer.frames().getLast().has("error"));
                JsonNode last = hearer.frames().getLast();
                assertThat(last.path("partial").booleanValue()).isFalse();
                assertThat(last.path("error").textValue()).isEqualTo("The reply was interrupted");
                assertThat(last.at("/message/reply").textValue()).isNotEmpty();
                assertThat(talker.read(chat).at("/messages/0/reply")).isEqualTo(last.at("/message/reply"));
                assertThat(talker.left()).isEqualTo(49);
            }
        }
    }
}
