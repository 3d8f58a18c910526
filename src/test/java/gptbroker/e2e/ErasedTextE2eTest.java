package gptbroker.e2e;

import static gptbroker.e2e.Talker.ok;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import gptbroker.testing.Eventually;
import gptbroker.testing.RawHttp;
import gptbroker.testing.TestPostgres;
import gptbroker.testing.TestRedis;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import redis.clients.jedis.Jedis;

/** What users take with them of chats, and that what they erase cannot be heard again. */
class ErasedTextE2eTest {
    private static final String PREFIX = "erased-" + UUID.randomUUID();
    private static Rig rig;

    @BeforeAll
    static void start() {
        rig = Rig.start(Map.of("ADDRESS_RATE_LIMIT", "0", "REDIS_PREFIX", PREFIX, "STREAM_ON_DISCONNECT", "drain"));
    }

    @AfterAll
    static void stop() {
        rig.close();
    }

    private static List<JsonNode> export(Talker talker) {
        return talker.get("/me/export").body().lines().map(Talker::tree).toList();
    }

    private static void erase(Talker talker) {
        ok(talker.rig.send(talker.rig
                .request("/me/data")
                .header("Authorization", "Bearer " + talker.token)
                .DELETE()));
    }

    private static String shared(Talker owner, Talker member) {
        String chat = owner.chat();
        owner.ok("/chat/user/add", "chat_id", chat, "user_id", member.id);
        return chat;
    }

    private static RawHttp listen(Talker talker, String chat) throws IOException {
        RawHttp client = RawHttp.connect(talker.rig.port());
        String headers = "Authorization: Bearer " + talker.token + "\r\nLast-Event-ID: 0-0\r\n";
        client.send(RawHttp.request("GET", "/chat/stream?id=" + chat, headers, ""));
        assertThat(client.readHead().status()).isEqualTo(200);
        client.readChunk();
        return client;
    }

    private static String heard(RawHttp client) throws IOException {
        String chunk = new String(client.readChunk(), StandardCharsets.UTF_8);
        return chunk.startsWith(": ") ? heard(client) : chunk;
    }

    /** All that Redis keeps of live streams under names that hold this. */
    private static Set<String> kept(String name) {
        try (Jedis redis = TestRedis.shared().open()) {
            var keys = new HashSet<>(redis.keys(PREFIX + "*:*:feed*" + name + "*"));
            keys.removeIf(key -> key.endsWith(":publishers"));
            return keys;
        }
    }

    @Test
    void theExportHasWhatAUserSaidInChats() {
        var talker = new Talker(rig);
        var other = new Talker(rig);
        String chat = shared(talker, other);
        talker.says(chat, "out loud");
        talker.ok("/chat/prompt", "id", chat, "prompt", "whisper", "otr", true);
        other.says(chat, "theirs");
        rig.archived(
                "select count(*) from responses where status = 'done' and user_id = '" + talker.id + "'", List.of("2"));
        List<JsonNode> lines = export(talker);
        assertThat(lines.stream().map(line -> line.path("type").textValue()))
                .containsExactly("exchange", "exchange", "message", "message");
        JsonNode whisper = lines.get(2);
        assertThat(whisper.path("prompt").textValue()).isEqualTo("whisper");
        assertThat(whisper.path("otr").booleanValue()).isTrue();
        assertThat(whisper.path("chat_id").textValue()).isEqualTo(chat);
        JsonNode asked = lines.get(3);
        assertThat(asked.path("prompt").textValue()).isEqualTo("out loud");
        assertThat(asked.path("reply").textValue()).isNotEmpty();
        assertThat(asked.path("chat_name").textValue()).isEqualTo("talk");
        assertThat(asked.path("asked_at").textValue()).endsWith("Z");
        assertThat(lines.stream().map(line -> line.path("id").textValue()))
                .contains(asked.path("id").textValue());
        assertThat(lines.toString()).doesNotContain("theirs");
        assertThat(export(other).toString()).contains("theirs").doesNotContain("out loud", "whisper");
    }

    @Test
    void aLongExportIsWhole() {
        var talker = new Talker(rig);
        String chat = talker.chat();
        TestPostgres.execute(
                rig.database(),
                "insert into broker_messages (id, chat_id, seq, user_id, prompt, reply, model, otr)"
                        + " select gen_random_uuid(), '" + chat + "', 100 + n, '" + talker.id
                        + "', 'n' || n, '', 'gpt-3', true from generate_series(1, 1250) n");
        assertThat(export(talker).stream().map(line -> line.path("prompt").textValue()))
                .hasSize(1250)
                .doesNotHaveDuplicates();
        erase(talker);
        assertThat(export(talker)).isEmpty();
    }

    @Test
    void whatIsErasedIsInNoBuffer() throws Exception {
        var talker = new Talker(rig);
        var other = new Talker(rig);
        String chat = shared(talker, other);
        other.says(chat, "kept");
        talker.says(chat, "regretted");
        talker.ok("/chat/prompt", "id", chat, "prompt", "whispered", "otr", true);
        try (RawHttp reader = listen(other, chat)) {
            assertThat(heard(reader)).contains("kept");
            assertThat(heard(reader)).contains("regretted");
        }
        HttpResponse<String> answer = stream(talker, "Hello");
        String path = answer.headers().firstValue("content-location").orElseThrow();
        assertThat(talker.get(path).statusCode()).isEqualTo(200);
        HttpResponse<String> theirs = stream(other, "Hello");

        erase(talker);
        assertThat(kept(chat)).isEmpty();
        assertThat(kept(talker.id.toString())).isEmpty();
        assertThat(talker.get(path).statusCode()).isEqualTo(404);
        assertThat(other.get(theirs.headers().firstValue("content-location").orElseThrow())
                        .statusCode())
                .isEqualTo(200);
        other.says(chat, "later");
        try (RawHttp reader = listen(other, chat)) {
            assertThat(heard(reader)).contains("later").doesNotContain("regretted");
        }
    }

    private static HttpResponse<String> stream(Talker talker, String prompt) {
        HttpResponse<String> answer = talker.post(
                "/stream", "{\"model\":\"gpt-4o\",\"messages\":[{\"role\":\"user\",\"content\":\"" + prompt + "\"}]}");
        assertThat(answer.statusCode()).isEqualTo(200);
        return answer;
    }

    @Test
    void aTurnUnderWayLeavesNothingEither() throws Exception {
        try (var provider = new HeldProvider();
                var own = Rig.start(Map.of("REDIS_PREFIX", PREFIX + "-held", "OPENAI_API_URL", provider.url()))) {
            var talker = new Talker(own);
            var other = new Talker(own);
            String chat = shared(talker, other);
            other.says(chat, "kept");
            try (RawHttp reader = listen(other, chat)) {
                assertThat(heard(reader)).contains("kept");
                talker.ok("/chat/prompt", "id", chat, "prompt", "regretted", "stream", true);
                assertThat(heard(reader)).contains("regretted").contains("\"partial\":true");
                erase(talker);
                provider.release();
                String last = heard(reader);
                while (last.contains("\"partial\":true") || last.startsWith("event: gap")) {
                    last = heard(reader);
                }
                assertThat(last).contains("The message is gone").doesNotContain("regretted");
            }
            Eventually.isTrue("erased again", () -> kept(chat).isEmpty());
            assertThat(Talker.texts(other.read(chat).path("messages"), "prompt"))
                    .containsExactly("kept");
        }
    }

    @Test
    void anAnswerUnderWayIsRecordedNoFurther() throws Exception {
        var talker = new Talker(rig);
        try (RawHttp client = RawHttp.connect(rig.port())) {
            client.send(
                    RawHttp.request(
                            "POST",
                            "/stream",
                            "Authorization: Bearer " + talker.token + "\r\n" + Doors.JSON,
                            "{\"model\":\"gpt-4o\",\"messages\":[{\"role\":\"user\",\"content\":\"[[model:chunks-60-20]]\"}]}"));
            assertThat(client.readHead().status()).isEqualTo(200);
            client.readChunk();
            assertThat(kept(talker.id.toString())).isNotEmpty();
            erase(talker);
            byte[] chunk = client.readChunk();
            while (chunk.length > 0) {
                chunk = client.readChunk();
            }
        }
        assertThat(kept(talker.id.toString())).isEmpty();
    }
}
