package gptbroker.e2e;

import static gptbroker.e2e.Talker.ok;
import static gptbroker.e2e.Talker.texts;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import gptbroker.dev.ScriptedModel;
import gptbroker.testing.Eventually;
import gptbroker.testing.TestPostgres;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The turns of chats: S1.38 to S1.44. */
class ChatTurnsE2eTest {
    private static Rig rig;

    @BeforeAll
    static void start() {
        rig = Rig.start(Map.of("ADDRESS_RATE_LIMIT", "0", "USER_CONCURRENCY", "0", "DAILY_LIMIT", "1000"));
    }

    @AfterAll
    static void stop() {
        rig.close();
    }

    /** What the model was told last, as {@code role: content}. */
    private static List<String> told() {
        return told(rig.lastAsked());
    }

    private static List<String> told(String asked) {
        var told = new ArrayList<String>();
        Talker.tree(asked)
                .path("messages")
                .forEach(message -> told.add(message.path("role").textValue() + ": "
                        + message.path("content").textValue()));
        return told;
    }

    private static List<String> archived(String id, String columns) {
        return rig.archive("select " + columns + " from inputs i join responses r on r.input_id = i.id where i.id = '"
                + id + "' and r.status <> 'open'");
    }

    @Test
    void aTurnIsAnsweredCountedKeptAndArchived() {
        var talker = new Talker(rig);
        String chat = talker.chat();
        int left = talker.left();
        HttpResponse<String> answer = talker.form("/chat/prompt", "id", chat, "prompt", "Hello");
        JsonNode json = ok(answer);
        String reply = ScriptedModel.answer("gpt-3.5-turbo", "Hello");
        assertThat(json.path("reply").textValue()).isEqualTo(reply);
        JsonNode message = json.path("message");
        assertThat(message.path("reply").textValue()).isEqualTo(reply);
        assertThat(message.path("prompt").textValue()).isEqualTo("Hello");
        assertThat(message.path("chat_id").textValue()).isEqualTo(chat);
        assertThat(message.path("user_id").textValue()).isEqualTo(talker.id.toString());
        assertThat(message.path("group_id").textValue()).hasSize(36);
        assertThat(message.path("model").textValue()).isEqualTo("gpt-3");
        assertThat(message.path("otr").booleanValue()).isFalse();
        assertThat(answer.headers().firstValue("x-ratelimit-remaining")).hasValue("" + (left - 1));
        assertThat(answer.headers().firstValue("x-request-id"))
                .hasValue(message.path("id").textValue());
        assertThat(Talker.tree(rig.lastAsked()).path("model").textValue()).isEqualTo("gpt-3.5-turbo");
        assertThat(talker.left()).isEqualTo(left - 1);
        rig.archived(
                "select i.content, r.content, r.status, i.endpoint, r.units from inputs i join responses r on"
                        + " r.input_id = i.id where r.status = 'done' and i.id = '"
                        + message.path("id").textValue() + "'",
                List.of("Hello|" + reply + "|done|/chat/prompt|1"));
    }

    @Test
    void theModelRemembersTheLastTenTurns() {
        var talker = new Talker(rig);
        String chat = talker.chat();
        for (int i = 1; i <= 12; i++) {
            talker.says(chat, "say " + i);
        }
        var expected = new ArrayList<String>();
        for (int i = 2; i <= 11; i++) {
            expected.add("user: say " + i);
            expected.add("assistant: " + ScriptedModel.answer("gpt-3.5-turbo", "say " + i));
        }
        expected.add("user: say 12");
        assertThat(told()).isEqualTo(expected);
        talker.ok("/chat/prompt", "id", chat, "prompt", "short", "context", 1);
        assertThat(told()).hasSize(3).startsWith("user: say 12");
        talker.ok("/chat/prompt", "id", chat, "prompt", "all", "context", -1);
        assertThat(told()).hasSize(21);
        ok(talker.form("/chat/prompt", "id", chat, "prompt", "all", "context", "999"));
        assertThat(told()).hasSize(21);
        talker.refused(400, "parameter_invalid", "/chat/prompt", "id", chat, "prompt", "x", "context", "two");
    }

    @Test
    void whatHasNoRoomIsTheOldest() {
        var talker = new Talker(rig);
        String chat = talker.chat();
        talker.says(chat, "old");
        talker.says(chat, "b".repeat(5_000));
        talker.says(chat, "new");
        // 5,000 letters there and back, and 3,000 more, are above 4,096 tokens of three bytes.
        talker.says(chat, "c".repeat(3_000));
        assertThat(told()).hasSize(3).startsWith("user: new");
        talker.says(chat, "d".repeat(20_000));
        assertThat(told()).hasSize(1);
    }

    @Test
    void offTheRecordIsForMembersAlone() {
        var talker = new Talker(rig);
        String chat = talker.chat();
        talker.says(chat, "first");
        long calls = rig.model().calls();
        int left = talker.left();
        JsonNode json = ok(talker.form("/chat/prompt", "id", chat, "prompt", "whisper", "otr", "true"));
        assertThat(json.path("reply").textValue()).isEmpty();
        assertThat(json.at("/message/otr").booleanValue()).isTrue();
        assertThat(json.at("/message/prompt").textValue()).isEqualTo("whisper");
        assertThat(rig.model().calls()).isEqualTo(calls);
        assertThat(talker.left()).isEqualTo(left);
        talker.ok("/chat/prompt", "id", chat, "prompt", "second", "context", 1);
        assertThat(told()).hasSize(3).startsWith("user: first").doesNotContain("user: whisper");
        assertThat(texts(talker.read(chat).path("messages"), "prompt")).containsExactly("first", "whisper", "second");
        String id = json.at("/message/id").textValue();
        Eventually.within(
                Duration.ofSeconds(60),
                "archived without its text",
                () -> archived(id, "i.content, r.content, r.status, r.units").equals(List.of("||done|0")));
        assertThat(rig.archive("select count(*) from inputs where content like '%whisper%'"))
                .containsExactly("0");
    }

    @Test
    void offTheRecordIsSaidEvenWhenTheDayIsUsedUp() {
        try (var small = Rig.start(Map.of("DAILY_LIMIT", "1"))) {
            var talker = new Talker(small);
            String chat = talker.chat();
            talker.says(chat, "x");
            talker.refused(429, "quota_exceeded", "/chat/prompt", "id", chat, "prompt", "y");
            talker.ok("/chat/prompt", "id", chat, "prompt", "z", "otr", true);
            assertThat(texts(talker.read(chat).path("messages"), "prompt")).containsExactly("x", "z");
        }
    }

    @Test
    void whatTheModelDoesNotAnswerLeavesNothingAndCostsNothing() {
        var talker = new Talker(rig);
        String chat = talker.chat();
        int left = talker.left();
        HttpResponse<String> failed = talker.form("/chat/prompt", "id", chat, "prompt", "[[model:fault-500]]");
        Talker.refused(failed, 502, "upstream_failed");
        assertThat(failed.headers().firstValue("x-ratelimit-remaining")).hasValue("" + left);
        assertThat(talker.read(chat).path("messages")).isEmpty();
        talker.says(chat, "x");
        assertThat(told()).containsExactly("user: x");
        assertThat(talker.left()).isEqualTo(left - 1);
    }

    @Test
    void badTurnsAreRefusedAndCostNothing() {
        var talker = new Talker(rig);
        String chat = talker.chat();
        int left = talker.left();
        talker.refused(400, "parameter_invalid", "/chat/prompt", "id", chat);
        talker.refused(400, "parameter_invalid", "/chat/prompt", "id", chat, "prompt", "");
        talker.refused(400, "parameter_invalid", "/chat/prompt", "id", chat, "prompt", 1);
        talker.refused(400, "parameter_invalid", "/chat/prompt", "prompt", "x");
        talker.refused(400, "parameter_invalid", "/chat/prompt", "id", chat, "prompt", "x", "otr", "yes");
        talker.refused(404, "not_found", "/chat/prompt", "id", "unknown", "prompt", "x");
        assertThat(talker.left()).isEqualTo(left);
    }

    @Test
    void textThatPostgresCannotHoldIsAsked() {
        var talker = new Talker(rig);
        String chat = talker.chat();
        talker.ok("/chat/prompt", "id", chat, "prompt", "a\u0000b");
        assertThat(told()).containsExactly("user: a\u0000b");
        assertThat(texts(talker.read(chat).path("messages"), "prompt")).containsExactly("a\uFFFDb");
    }

    @Test
    void turnsAtTheSameTimeKeepTheirOrder() throws Exception {
        var talker = new Talker(rig);
        String chat = talker.chat();
        try (ExecutorService threads = Executors.newFixedThreadPool(8)) {
            List<Future<String>> turns = IntStream.range(0, 24)
                    .mapToObj(i -> threads.submit(() -> {
                        String prompt = "[[model:slow-" + i % 3 * 100 + "]] " + i;
                        return prompt + "|" + talker.says(chat, prompt);
                    }))
                    .toList();
            var answered = new ArrayList<String>();
            for (Future<String> turn : turns) {
                answered.add(turn.get());
            }
            // On a machine that is very busy a reply may come by way of the archive.
            rig.archived(
                    "select count(*) from broker_messages where reply is null and chat_id = '" + chat + "'",
                    List.of("0"));
            JsonNode messages = talker.read(chat).path("messages");
            var kept = new ArrayList<String>();
            messages.forEach(message -> kept.add(message.path("prompt").textValue() + "|"
                    + message.path("reply").textValue()));
            assertThat(kept).containsExactlyInAnyOrderElementsOf(answered);
            assertThat(rig.archive("select string_agg(seq::text, ',' order by seq) from broker_messages"
                            + " where chat_id = '" + chat + "'"))
                    .containsExactly(String.join(
                            ",",
                            IntStream.rangeClosed(1, 24)
                                    .mapToObj(Integer::toString)
                                    .toList()));
            talker.says(chat, "last");
            assertThat(told().stream().filter(line -> line.startsWith("user")).toList())
                    .containsExactlyElementsOf(texts(talker.read(chat).path("messages"), "prompt").stream()
                            .skip(14)
                            .map(prompt -> "user: " + prompt)
                            .toList());
        }
    }

    @Test
    void aStreamedTurnIsAnsweredAtOnceAndGoesOnAlone() throws Exception {
        try (var provider = new HeldProvider();
                var own = Rig.start(Map.of("OPENAI_API_URL", provider.url()))) {
            var talker = new Talker(own);
            String chat = talker.chat();
            int left = talker.left();
            HttpResponse<String> answer = talker.form("/chat/prompt", "id", chat, "prompt", "x", "stream", "true");
            JsonNode json = ok(answer);
            assertThat(json.at("/message/reply").textValue()).isEmpty();
            // Until it ends the chat shows it without its reply.
            assertThat(talker.read(chat).at("/messages/0/id")).isEqualTo(json.at("/message/id"));
            assertThat(own.archive("select reply is null from broker_messages where chat_id = '" + chat + "'"))
                    .containsExactly("t");
            assertThat(answer.headers().firstValue("connection")).hasValue("close");
            provider.release();
            String whole = HeldProvider.FIRST + HeldProvider.SECOND;
            Eventually.within(
                    Duration.ofSeconds(60),
                    "kept whole",
                    () -> talker.read(chat).at("/messages/0/reply").asText().equals(whole));
            assertThat(talker.left()).isEqualTo(left - 1);
            own.archived(
                    "select r.content, r.status from responses r where r.input_id = '"
                            + json.at("/message/id").textValue() + "' and status <> 'open'",
                    List.of(whole + "|done"));
            talker.says(chat, "next");
            assertThat(told(provider.lastAsked())).contains("assistant: " + whole);
        }
    }

    @Test
    void aStreamThatBreaksOffKeepsWhatHasCome() {
        var talker = new Talker(rig);
        String chat = talker.chat();
        int left = talker.left();
        ok(talker.form("/chat/prompt", "id", chat, "prompt", "[[model:fault-cut-mid]] x", "stream", "true"));
        Eventually.within(
                Duration.ofSeconds(60),
                "kept as far as it came",
                () -> rig.archive("select reply <> '' from broker_messages where chat_id = '" + chat + "'")
                        .equals(List.of("t")));
        assertThat(talker.left()).isEqualTo(left - 1);
        ok(talker.form("/chat/prompt", "id", chat, "prompt", "[[model:fault-500]] x", "stream", "true"));
        Eventually.within(
                Duration.ofSeconds(60),
                "taken back",
                () -> talker.read(chat).path("messages").size() == 1);
        assertThat(talker.left()).isEqualTo(left - 1);
    }

    @Test
    void whatADyingBrokerLeftIsFoundInTheArchive() {
        var talker = new Talker(rig);
        String chat = talker.chat();
        String reply = talker.says(chat, "x");
        String id = talker.read(chat).at("/messages/0/id").textValue();
        rig.archived(
                "select status from responses where input_id = '" + id + "' and status <> 'open'", List.of("done"));
        TestPostgres.execute(
                rig.database(),
                "update broker_messages set reply = null, created_at = now() - interval '1 minute' where id = '" + id
                        + "'");
        assertThat(talker.read(chat).at("/messages/0/reply").textValue()).isEqualTo(reply);
        rig.archived("select reply from broker_messages where id = '" + id + "'", List.of(reply));
    }
}
