package gptbroker.e2e;

import static gptbroker.e2e.Talker.ok;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import gptbroker.dev.ScriptedModel;
import gptbroker.testing.TestPostgres;
import gptbroker.testing.TestRedis;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What those see who read a chat live: S1.42 to S1.45. */
class ChatStreamE2eTest {
    private static Rig rig;
    private static Rig replica;

    /** Two brokers on the same stores, for the same users. */
    @BeforeAll
    static void start() {
        String prefix = "chats-" + UUID.randomUUID();
        rig = Rig.start(Map.of("ADDRESS_RATE_LIMIT", "0", "REDIS_PREFIX", prefix));
        replica = Rig.start(
                Map.of(
                        "ADDRESS_RATE_LIMIT",
                        "0",
                        "REDIS_PREFIX",
                        prefix,
                        "SUPABASE_URL",
                        rig.issuer().url(),
                        "DATABASE_URL",
                        rig.database().reveal()),
                TestRedis.shared(),
                TestPostgres.shared());
    }

    @AfterAll
    static void stop() {
        replica.close();
        rig.close();
    }

    private static String joined(List<JsonNode> frames) {
        return frames.stream()
                .filter(frame -> frame.path("partial").booleanValue())
                .map(frame -> frame.at("/message/reply").textValue())
                .collect(Collectors.joining());
    }

    @Test
    void aReplyComesInPiecesThenWholeOnEveryReplica() {
        var talker = new Talker(rig);
        var member = new Talker(rig);
        String chat = talker.chat();
        talker.ok("/chat/user/add", "chat_id", chat, "user_id", member.id);
        try (var here = new Hearer(rig, talker, chat);
                var there = new Hearer(replica, member, chat)) {
            String prompt = "[[model:chunks-5-20]] x";
            JsonNode answer = talker.ok("/chat/prompt", "id", chat, "prompt", prompt, "stream", true);
            String whole = ScriptedModel.answer("x", prompt);
            for (Hearer hearer : List.of(here, there)) {
                List<JsonNode> frames = hearer.untilTheLast();
                assertThat(frames).hasSize(7);
                assertThat(frames.getFirst().path("message")).isEqualTo(answer.path("message"));
                assertThat(frames.getFirst().path("partial").booleanValue()).isTrue();
                assertThat(joined(frames)).isEqualTo(whole);
                assertThat(frames.getLast().at("/message/reply").textValue()).isEqualTo(whole);
                assertThat(frames.getLast().at("/message/id")).isEqualTo(answer.at("/message/id"));
                assertThat(frames.getLast().has("error")).isFalse();
            }
            // Whoever has seen it whole finds it so.
            assertThat(ok(replica.get("/chat/read?id=" + chat, member.token))
                            .at("/messages/0/reply")
                            .textValue())
                    .isEqualTo(whole);
        }
    }

    @Test
    void whatIsAnsweredInlineOrNotAtAllIsOneFrame() {
        var talker = new Talker(rig);
        String chat = talker.chat();
        try (var hearer = new Hearer(rig, talker, chat)) {
            JsonNode answer = talker.ok("/chat/prompt", "id", chat, "prompt", "x");
            JsonNode note = talker.ok("/chat/prompt", "id", chat, "prompt", "y", "otr", true);
            List<JsonNode> frames = hearer.untilTheLast(2);
            assertThat(frames).hasSize(2);
            assertThat(frames.getFirst().path("message")).isEqualTo(answer.path("message"));
            assertThat(frames.getLast().path("message")).isEqualTo(note.path("message"));
        }
    }

    @Test
    void theLastFrameSaysWhyAReplyEnded() {
        var talker = new Talker(rig);
        String chat = talker.chat();
        try (var hearer = new Hearer(rig, talker, chat)) {
            talker.ok("/chat/prompt", "id", chat, "prompt", "[[model:fault-500]]", "stream", true);
            List<JsonNode> frames = hearer.untilTheLast();
            assertThat(frames).hasSize(2);
            assertThat(frames.getLast().path("error").textValue()).isEqualTo("The model could not answer");
            assertThat(frames.getLast().at("/message/reply").textValue()).isEmpty();
            talker.ok("/chat/prompt", "id", chat, "prompt", "[[model:fault-cut-mid]] y", "stream", true);
            frames = hearer.untilTheLast(2);
            JsonNode last = frames.getLast();
            assertThat(last.path("error").textValue()).isNotEmpty();
            assertThat(last.at("/message/reply").textValue()).isNotEmpty().isEqualTo(joined(frames));
            assertThat(talker.read(chat).at("/messages/0/reply")).isEqualTo(last.at("/message/reply"));
        }
    }

    @Test
    void framesAreBounded() {
        var talker = new Talker(rig);
        String chat = talker.chat();
        try (var hearer = new Hearer(rig, talker, chat)) {
            String prompt = "[[model:chunks-3-1]] " + "x".repeat(2_000);
            talker.ok("/chat/prompt", "id", chat, "prompt", prompt, "stream", true);
            List<JsonNode> frames = hearer.untilTheLast();
            assertThat(frames.getFirst().at("/message/prompt").textValue()).isEqualTo(prompt);
            assertThat(frames.get(1).at("/message/prompt").textValue()).isEmpty();
            assertThat(frames.getLast().at("/message/prompt").textValue()).isEqualTo(prompt);
            talker.ok("/chat/prompt", "id", chat, "prompt", "y".repeat(200_000), "otr", true);
            JsonNode large = hearer.untilTheLast(2).getLast();
            assertThat(large.path("truncated").booleanValue()).isTrue();
            assertThat(large.at("/message/prompt").textValue()).isEmpty();
        }
    }

    @Test
    void onlyWhoHasASeatHears() {
        var talker = new Talker(rig);
        var stranger = new Talker(rig);
        String chat = talker.chat();
        stranger.refused(404, "not_found", "/chat/stream", "id", chat);
        stranger.refused(404, "not_found", "/chat/stream", "id", UUID.randomUUID());
        stranger.refused(400, "parameter_invalid", "/chat/stream");
        try (var hearer = new Hearer(rig, talker, chat.toUpperCase(Locale.ROOT))) {
            talker.says(chat, "x");
            assertThat(hearer.untilTheLast()).hasSize(1);
        }
    }
}
