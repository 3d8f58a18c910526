package gptbroker.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import gptbroker.testing.AccessLines;
import gptbroker.testing.Eventually;
import gptbroker.testing.Nginx;
import gptbroker.testing.RawHttp;
import gptbroker.testing.WebSocketClient;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Chats heard as they happen, over two replicas (S1.43 to S1.47). */
class LiveChatsE2eTest {
    private static final String FORM = "Content-Type: application/x-www-form-urlencoded\r\n";
    private static final String STREAMED = "[[model:chunks-30-20]] x";

    private static Rig first;
    private static Rig second;

    @BeforeAll
    static void start() {
        var variables = new HashMap<>(Map.of("REDIS_PREFIX", "live-" + UUID.randomUUID()));
        first = Rig.start(variables);
        variables.put("SUPABASE_URL", first.issuer().url());
        variables.put("OPENAI_API_URL", first.model().url());
        variables.put("DATABASE_URL", first.database().reveal());
        second = Rig.start(variables);
    }

    @AfterAll
    static void stop() {
        second.close();
        first.close();
    }

    private static String bearer(Talker talker) {
        return "Authorization: Bearer " + talker.token + "\r\n";
    }

    private static RawHttp listen(Rig rig, Talker talker, String chat, String headers) throws IOException {
        RawHttp client = RawHttp.connect(rig.port());
        client.send(RawHttp.request("GET", "/chat/stream?id=" + chat, bearer(talker) + headers, ""));
        assertThat(client.readHead().status()).isEqualTo(200);
        client.readChunk();
        return client;
    }

    private static String event(RawHttp client) throws IOException {
        String chunk = new String(client.readChunk(), StandardCharsets.UTF_8);
        return chunk.equals(": ping\n\n") ? event(client) : chunk;
    }

    private static JsonNode frame(String event) {
        return Talker.tree(event.lines()
                .filter(line -> line.startsWith("data: "))
                .findFirst()
                .orElseThrow()
                .substring(6));
    }

    /** Pieces up to the frame that is the last. */
    private static List<JsonNode> frames(RawHttp client) throws IOException {
        List<JsonNode> frames = new ArrayList<>();
        do {
            frames.add(frame(event(client)));
        } while (frames.getLast().path("partial").booleanValue());
        return frames;
    }

    private static String pieces(List<JsonNode> frames) {
        return frames.stream()
                .filter(frame -> frame.path("partial").booleanValue())
                .map(frame -> frame.at("/message/reply").asText())
                .reduce("", String::concat);
    }

    @Test
    void whatIsAskedOnOneIsHeardOnTheOther() throws Exception {
        Talker asker = new Talker(first);
        Talker member = new Talker(first);
        String chat = asker.chat();
        asker.ok("/chat/user/add", "chat_id", chat, "user_id", member.id.toString());
        try (RawHttp events = listen(second, member, chat, "");
                WebSocketClient socket = WebSocketClient.connect(
                        second.port(), "/chat/stream?id=" + chat, WebSocketClient.handshake() + bearer(asker))) {
            JsonNode answer = asker.ok("/chat/prompt", "id", chat, "prompt", STREAMED, "stream", true);
            assertThat(answer.at("/message/reply").asText()).isEmpty();

            List<JsonNode> frames = frames(events);
            assertThat(frames.getFirst().at("/message/reply").asText()).isEmpty();
            JsonNode last = frames.getLast();
            assertThat(last.at("/message/id")).isEqualTo(answer.at("/message/id"));
            assertThat(last.at("/message/reply").asText()).endsWith("29 ").isEqualTo(pieces(frames));
            for (JsonNode frame : frames) {
                assertThat(Talker.tree(socket.readText())).isEqualTo(frame);
            }
        }
    }

    @Test
    void aReaderGoesOnWithTheOther() throws Exception {
        Talker asker = new Talker(first);
        String chat = asker.chat();
        List<JsonNode> heard = new ArrayList<>();
        String id = "";
        try (RawHttp events = listen(second, asker, chat, "")) {
            asker.ok("/chat/prompt", "id", chat, "prompt", STREAMED, "stream", true);
            for (int i = 0; i < 5; i++) {
                String event = event(events);
                heard.add(frame(event));
                id = event.substring(4, event.indexOf('\n'));
            }
            events.reset();
        }
        try (RawHttp events = listen(first, asker, chat, "Last-Event-ID: " + id + "\r\n")) {
            heard.addAll(frames(events));
        }
        assertThat(pieces(heard)).isEqualTo(heard.getLast().at("/message/reply").asText());
    }

    @Test
    void anInlineAnswerIsOneFrame() throws Exception {
        Talker asker = new Talker(first);
        String chat = asker.chat();
        try (RawHttp events = listen(second, asker, chat.toUpperCase(Locale.ROOT), "")) {
            String reply = asker.says(chat, "Hello");
            JsonNode only = frame(event(events));
            assertThat(only.path("partial").booleanValue()).isFalse();
            assertThat(only.at("/message/reply").asText()).isEqualTo(reply);
        }
    }

    /** {@code curl -N -d id=…}, and JSON. */
    @Test
    void aPostListensToo() throws Exception {
        Talker asker = new Talker(first);
        String chat = asker.chat();
        for (String[] body : new String[][] {{FORM, "id=" + chat}, {Doors.JSON, "{\"id\":\"" + chat + "\"}"}}) {
            try (RawHttp client = RawHttp.connect(second.port())) {
                client.send(RawHttp.request("POST", "/chat/stream", bearer(asker) + body[0], body[1]));
                assertThat(client.readHead().status()).isEqualTo(200);
            }
        }
    }

    @Test
    void theShippedEdgePassesBoth(@TempDir Path folder) throws Exception {
        Talker asker = new Talker(first);
        String chat = asker.chat();
        String target = "/chat/stream?id=" + chat;
        try (Nginx edge = Nginx.shipped(second.port(), folder);
                RawHttp events = RawHttp.connect(edge.port());
                WebSocketClient socket = WebSocketClient.connect(
                        edge.port(), Nginx.TENANT, target, WebSocketClient.handshake() + bearer(asker))) {
            assertThat(socket.status()).isEqualTo(101);
            events.send(Doors.request("GET", target, bearer(asker), new byte[0]));
            assertThat(events.readHead().status()).isEqualTo(200);
            events.readChunk();
            asker.says(chat, "Hello");
            assertThat(Talker.tree(socket.readText())).isEqualTo(frame(event(events)));
            socket.send(0x88, new byte[0]);
            assertThat(socket.readClose()).isEqualTo(1000);
        }
    }

    @Test
    void strangersHearNothing() throws Exception {
        String chat = new Talker(first).chat();
        Talker stranger = new Talker(first);
        Talker.refused(stranger.get("/chat/stream?id=" + chat), 404, "not_found");
        Talker.refused(stranger.get("/chat/stream?id=" + UUID.randomUUID()), 404, "not_found");
        assertThat(stranger.get("/chat/stream").statusCode()).isEqualTo(400);
        try (WebSocketClient socket = WebSocketClient.connect(
                first.port(), "/chat/stream?id=" + chat, WebSocketClient.handshake() + bearer(stranger))) {
            assertThat(socket.status()).isEqualTo(404);
        }
    }

    /** Those of one request: the lines of others, of readers who have left before too, may come late. */
    private static List<String> of(String id, AccessLines lines) {
        return lines.since(0).stream().filter(line -> line.contains(id)).toList();
    }

    @Test
    void tokensStayOutOfTheLog() throws Exception {
        Talker asker = new Talker(first);
        String chat = asker.chat();
        String target = "/chat/stream?id=" + chat + "&token=" + asker.token;
        try (var lines = new AccessLines()) {
            String id;
            try (WebSocketClient socket = WebSocketClient.connect(first.port(), target, WebSocketClient.handshake())) {
                assertThat(socket.status()).isEqualTo(101);
                id = socket.header("x-request-id").orElseThrow();
                socket.send(0x88, new byte[0]).readClose();
            }
            Eventually.isTrue("logged", () -> !of(id, lines).isEmpty());
            assertThat(of(id, lines))
                    .singleElement(InstanceOfAssertFactories.STRING)
                    .contains("\"status\":101")
                    .doesNotContain("token", chat, "eyJ");
        }
    }
}
