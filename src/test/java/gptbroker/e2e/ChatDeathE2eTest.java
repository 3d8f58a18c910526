package gptbroker.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import gptbroker.testing.Eventually;
import gptbroker.testing.TestPostgres;
import gptbroker.testing.TestRedis;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A broker is killed, or stops, while it streams replies to readers on another one. */
class ChatDeathE2eTest {
    private static final String PROMPT = "[[model:chunks-100-100]] x";
    /** Silence after which a broker is dead. */
    private static final String DEAD_AFTER = "6s";

    private static final Duration LONG = Duration.ofSeconds(90);

    @TempDir
    Path folder;

    @Test
    void anotherBrokerHasThemAnsweredWhole() throws Exception {
        String prefix = "chats-" + UUID.randomUUID();
        try (var rig = Rig.start(Map.of("ADDRESS_RATE_LIMIT", "0", "REDIS_PREFIX", prefix, "DEAD_AFTER", DEAD_AFTER));
                var http = HttpClient.newHttpClient()) {
            var talker = new Talker(rig);
            String lasting = talker.chat();
            String exhausted = talker.chat();
            String waiting = talker.chat();
            String left = talker.chat();
            talker.says(lasting, "My name is Ada.");
            talker.says(left, "Hello.");
            try (var hearer = new Hearer(rig, talker, lasting);
                    var other = new Hearer(rig, talker, exhausted);
                    var third = new Hearer(rig, talker, left)) {
                CompletableFuture<HttpResponse<String>> lost;
                try (var victim = ServeProcess.start(folder, environment(rig, prefix));
                        var stopping = ServeProcess.start(folder, environment(rig, prefix))) {
                    begun(http.sendAsync(ask(stopping, talker, left, true), BodyHandlers.ofString()));
                    checkpointed(rig, left, third);
                    stopping.terminate(); // as in a deployment, one replica after the other
                    stopping.exitCode();
                    begun(http.sendAsync(ask(victim, talker, lasting, true), BodyHandlers.ofString()));
                    begun(http.sendAsync(ask(victim, talker, exhausted, true), BodyHandlers.ofString()));
                    lost = http.sendAsync(ask(victim, talker, waiting, false), BodyHandlers.ofString());
                    checkpointed(rig, lasting, hearer);
                    checkpointed(rig, exhausted, other);
                    Eventually.isTrue("asked", () -> places(rig, waiting).equals(List.of("1")));
                    // As if two brokers more had died of it.
                    TestPostgres.execute(
                            rig.database(),
                            "update broker_messages set asked_again = 2 where chat_id = '" + exhausted + "'");
                }
                assertThat(lost).failsWithin(LONG);
                assertWhole(rig, talker, left, third);
                assertWhole(rig, talker, lasting, hearer);
                assertThat(rig.model().lastBody()).as("what was said before").contains("My name is Ada.");
                assertCut(talker, exhausted, other);
                // Who waits has seen the death, and asks again.
                Eventually.within(LONG, "taken back", () -> places(rig, waiting).equals(List.of("0")));
                assertThat(talker.left()).isEqualTo(50 - 6);
            }
        }
    }

    private static Map<String, String> environment(Rig rig, String prefix) {
        return Map.of(
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
                "100ms",
                "DEAD_AFTER",
                DEAD_AFTER,
                "DRAIN_TIMEOUT",
                "1s");
    }

    private static HttpRequest ask(ServeProcess victim, Talker talker, String chat, boolean stream) {
        return HttpRequest.newBuilder(URI.create(victim.url() + "/chat/prompt"))
                .header("Authorization", "Bearer " + talker.token)
                .POST(BodyPublishers.ofString(Talker.json("id", chat, "prompt", PROMPT, "stream", stream)))
                .build();
    }

    private static void begun(CompletableFuture<HttpResponse<String>> answer) {
        assertThat(answer.join().statusCode()).as(answer.join().body()).isEqualTo(200);
    }

    private static void checkpointed(Rig rig, String chat, Hearer hearer) {
        String partial = "select count(*) from responses r join broker_messages m on m.id = r.input_id"
                + " where r.status_rank = 1 and m.chat_id = '" + chat + "'";
        Eventually.within(
                Duration.ofSeconds(60),
                "pieces, and a checkpoint of them",
                () -> hearer.frames().size() > 5 && rig.archive(partial).equals(List.of("1")));
    }

    private static List<String> places(Rig rig, String chat) {
        return rig.archive("select count(*) from broker_messages where chat_id = '" + chat + "'");
    }

    /** What had come is made anew from the beginning, and ends well. */
    private static void assertWhole(Rig rig, Talker talker, String chat, Hearer hearer) {
        Eventually.within(
                LONG,
                "the whole",
                () -> !hearer.frames().getLast().path("partial").booleanValue());
        List<JsonNode> frames = hearer.frames();
        JsonNode last = frames.getLast();
        assertThat(last.has("error")).as(last.toString()).isFalse();
        int again = frames.stream().map(ChatDeathE2eTest::reply).toList().lastIndexOf("");
        assertThat(again).as("an empty reply says that it begins anew").isPositive();
        List<JsonNode> pieces = frames.subList(again + 1, frames.size() - 1);
        assertThat(pieces).hasSize(100);
        assertThat(pieces.stream().map(ChatDeathE2eTest::reply).collect(Collectors.joining()))
                .isEqualTo(reply(last));
        assertThat(talker.read(chat).at("/messages/1/reply")).isEqualTo(last.at("/message/reply"));
        rig.archived(
                "select r.status || ' ' || r.units || ' ' || (r.content = m.reply) from responses r"
                        + " join broker_messages m on r.input_id in (m.id, m.asked_as)"
                        + " where m.chat_id = '" + chat + "' and m.seq > (select min(seq) from broker_messages"
                        + " where chat_id = m.chat_id) order by r.id",
                List.of("interrupted 1 false", "done 0 true"));
    }

    /** What had come is all that there is. */
    private static void assertCut(Talker talker, String chat, Hearer hearer) {
        Eventually.within(
                LONG, "told of the death", () -> hearer.frames().getLast().has("error"));
        JsonNode last = hearer.frames().getLast();
        assertThat(last.path("partial").booleanValue()).isFalse();
        assertThat(last.path("error").textValue()).isEqualTo("The reply was interrupted");
        assertThat(reply(last)).isNotEmpty();
        assertThat(talker.read(chat).at("/messages/0/reply")).isEqualTo(last.at("/message/reply"));
    }

    private static String reply(JsonNode frame) {
        return frame.at("/message/reply").textValue();
    }
}
