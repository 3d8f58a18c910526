package gptbroker.e2e;

import static gptbroker.e2e.Talker.ok;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import gptbroker.testing.Eventually;
import gptbroker.testing.RawHttp;
import gptbroker.testing.WebSocketClient;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Events as they happen, over two replicas (S1.47). */
class LiveEventsE2eTest {
    private static final String PATH = "/admin/events/stream";
    private static final String KEY = "Authorization: Bearer " + Operator.KEY + "\r\n";

    private static Rig first;
    private static Rig second;

    @BeforeAll
    static void start() {
        var variables = new HashMap<>(Map.of("REDIS_PREFIX", "events-" + UUID.randomUUID(), "ADMIN_KEY", Operator.KEY));
        first = Rig.start(variables);
        variables.put("SUPABASE_URL", first.issuer().url());
        variables.put("DATABASE_URL", first.database().reveal());
        second = Rig.start(variables);
    }

    @AfterAll
    static void stop() {
        second.close();
        first.close();
    }

    private static RawHttp listen(int port, String headers) throws IOException {
        RawHttp client = RawHttp.connect(port);
        client.send(RawHttp.request("GET", PATH, KEY + headers, ""));
        assertThat(client.readHead().status()).isEqualTo(200);
        client.readChunk();
        return client;
    }

    /** The next one of this caller: other tests' may come between. */
    private static String next(RawHttp client, Talker talker) throws IOException {
        while (true) {
            String chunk = new String(client.readChunk(), StandardCharsets.UTF_8);
            if (chunk.contains(talker.id.toString())) {
                return chunk;
            }
        }
    }

    private static JsonNode event(String chunk) {
        return Talker.tree(chunk.substring(chunk.indexOf("data: ") + 6));
    }

    private static JsonNode stored(Talker talker) {
        return ok(first.get("/admin/events?limit=1&caller=" + talker.id, Operator.KEY))
                .at("/events/0");
    }

    @Test
    void whatHappensOnOneIsToldByTheOther() throws Exception {
        try (RawHttp events = listen(second.internalPort(), "");
                WebSocketClient socket =
                        WebSocketClient.connect(second.internalPort(), PATH, WebSocketClient.handshake() + KEY)) {
            var talker = new Talker(first);
            JsonNode event = event(next(events, talker));
            assertThat(event.path("endpoint").textValue()).isEqualTo("/group/index");
            assertThat(event).isEqualTo(stored(talker));
            String heard = socket.readText();
            while (!heard.contains(talker.id.toString())) {
                heard = socket.readText();
            }
            assertThat(Talker.tree(heard)).isEqualTo(event);

            talker.says(talker.chat(), "quiet words");
            assertThat(next(events, talker)).contains("\"/chat/create\"");
            assertThat(next(events, talker)).contains("\"/chat/prompt\"").doesNotContain("quiet", talker.token);
        }
    }

    @Test
    void whoWasAwayGoesOnWithAnother() throws Exception {
        String id;
        var talker = new Talker(first);
        try (RawHttp events = listen(second.internalPort(), "")) {
            talker.chat();
            String chunk = next(events, talker);
            while (!chunk.contains("/chat/create")) {
                chunk = next(events, talker);
            }
            id = chunk.substring("id: ".length(), chunk.indexOf('\n'));
        }
        talker.ok("/chat/index", "{}");
        Eventually.isTrue(
                "stored", () -> stored(talker).path("endpoint").asText().equals("/chat/index"));
        // The public listener has it too, for the operator.
        try (RawHttp events = listen(first.port(), "Last-Event-ID: " + id + "\r\n")) {
            assertThat(event(next(events, talker))).isEqualTo(stored(talker));
        }
    }

    @Test
    void onlyTheOperatorHears() throws Exception {
        var talker = new Talker(first);
        assertThat(talker.get(PATH).statusCode()).isEqualTo(404);
        assertThat(talker.get("/chat/stream?id=operator:events").statusCode()).isEqualTo(404);
        assertThat(first.internal(PATH).statusCode()).isEqualTo(401);
        assertThat(first.internal(PATH + "?token=" + Operator.KEY).statusCode()).isEqualTo(401);
        assertThat(first.get(PATH + "?last_event_id=x", Operator.KEY).statusCode())
                .isEqualTo(400);
        RawHttp.Answer foreign = RawHttp.call(
                first.port(),
                RawHttp.request(
                        "GET",
                        PATH,
                        "Authorization: Basic "
                                + java.util.Base64.getEncoder()
                                        .encodeToString((":" + Operator.KEY).getBytes(StandardCharsets.US_ASCII))
                                + "\r\nOrigin: https://evil.example\r\n",
                        ""));
        assertThat(foreign.status()).isEqualTo(403);
        assertThat(foreign.header("x-error-code")).hasValue("origin_denied");
    }
}
