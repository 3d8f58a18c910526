package gptbroker.faults;

import static org.assertj.core.api.Assertions.assertThat;

import gptbroker.e2e.Rig;
import gptbroker.testing.Ports;
import gptbroker.testing.RawHttp;
import gptbroker.testing.TestRedis;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code kill -9} of the broker that writes: its streams are resumed on the other replica, and end as interrupted. */
class ResumeAfterKillTest {
    /** Silence after which a broker is taken for dead. */
    private static final String DEAD_AFTER = "6s";

    @TempDir
    Path folder;

    private Map<String, String> environment(Rig other, String prefix, int internalPort) {
        var environment = new HashMap<String, String>();
        environment.put("TENANT", "resume");
        environment.put("HOST", "127.0.0.1");
        environment.put("PORT", Integer.toString(Ports.free()));
        environment.put("INTERNAL_PORT", Integer.toString(internalPort));
        environment.put("SUPABASE_URL", other.issuer().url());
        environment.put("OPENAI_API_URL", other.model().url());
        environment.put("OPENAI_API_KEY", "sk-test-key");
        environment.put("REDIS_URL", TestRedis.shared().url());
        environment.put("REDIS_PREFIX", prefix);
        environment.put("REDIS_TIMEOUT", "2s");
        environment.put("DATABASE_URL", other.database().reveal());
        environment.put("DATA_DIR", folder.resolve("data").toString());
        environment.put("STREAM_ON_DISCONNECT", "drain");
        environment.put("DEAD_AFTER", DEAD_AFTER);
        return environment;
    }

    @Test
    void theOtherReplicaHasWhatWasSent() throws Exception {
        String prefix = "resume-" + UUID.randomUUID();
        int internalPort = Ports.free();
        try (Rig other = Rig.start(Map.of("REDIS_PREFIX", prefix, "DEAD_AFTER", DEAD_AFTER))) {
            Map<String, String> environment = environment(other, prefix, internalPort);
            UUID user = other.user();
            String token = other.token(user);
            try (var doomed = new BrokerProcess(folder, internalPort, environment);
                    RawHttp events = connect(doomed, environment);
                    RawHttp lines = RawHttp.connect(Integer.parseInt(environment.get("PORT")))) {
                String eventsId = ask(events, token, "Accept: text/event-stream\r\n");
                String linesId = ask(lines, token, "");
                String begunEvents = read(events, 20);
                String begunLines = read(lines, 20);
                doomed.kill();

                String whole = resume(other, eventsId, token);
                assertThat(whole)
                        .startsWith(begunEvents.substring(0, begunEvents.length() / 2))
                        .endsWith("data: {\"error\":\"Error while streaming\",\"code\":\"interrupted\"}\n\n");
                assertThat(resume(other, linesId, token))
                        .startsWith(begunLines.substring(0, begunLines.length() / 2))
                        .endsWith("\n{\"error\":\"Error while streaming\",\"code\":\"interrupted\"}\n");
                other.archived(
                        "select status, units from responses where user_id = '" + user + "'",
                        List.of("interrupted|1", "interrupted|1"));
            }
        }
    }

    /** The reader's broker: the chat goes on with the other one. */
    @Test
    void aReaderOfAChatGoesOnWithTheOtherReplica() throws Exception {
        String prefix = "resume-" + UUID.randomUUID();
        int internalPort = Ports.free();
        try (Rig other = Rig.start(Map.of("REDIS_PREFIX", prefix, "DEAD_AFTER", DEAD_AFTER))) {
            Map<String, String> environment = environment(other, prefix, internalPort);
            String token = other.token(other.user());
            String chat = other.post("/chat/create", token, "{\"name\":\"x\"}")
                    .body()
                    .split("\"id\":\"")[1]
                    .split("\"")[0];
            String last;
            try (var doomed = new BrokerProcess(folder, internalPort, environment);
                    RawHttp reader = connect(doomed, environment)) {
                reader.send(listen(chat, token, ""));
                assertThat(reader.readHead().status()).isEqualTo(200);
                read(reader, 1);
                other.post(
                        "/chat/prompt",
                        token,
                        "{\"id\":\"" + chat + "\",\"prompt\":\"[[model:chunks-100-20]]\",\"stream\":true}");
                last = read(reader, 10);
                doomed.kill();
            }
            try (RawHttp reader = RawHttp.connect(other.port())) {
                String id = last.substring(last.lastIndexOf("id: ") + 4).split("\n")[0];
                reader.send(listen(chat, token, "Last-Event-ID: " + id + "\r\n"));
                assertThat(reader.readHead().status()).isEqualTo(200);
                read(reader, 1);
                var all = new StringBuilder(last);
                String event;
                do {
                    event = read(reader, 1);
                    all.append(event);
                } while (!event.contains("\"partial\":false"));
                assertThat(event).contains("0 1 2 3 4 5 ", "97 98 99 ");
                for (int i = 0; i < 100; i++) {
                    assertThat(all).contains("\"reply\":\"" + i + " \"");
                }
            }
        }
    }

    private static String listen(String chat, String token, String headers) {
        return RawHttp.request(
                "GET", "/chat/stream?id=" + chat, "Authorization: Bearer " + token + "\r\n" + headers, "");
    }

    private static RawHttp connect(BrokerProcess broker, Map<String, String> environment) throws IOException {
        broker.start();
        return RawHttp.connect(Integer.parseInt(environment.get("PORT")));
    }

    private static String ask(RawHttp client, String token, String headers) throws IOException {
        client.send(
                RawHttp.request(
                        "POST",
                        "/stream",
                        "Authorization: Bearer " + token + "\r\nContent-Type: application/json\r\n" + headers,
                        "{\"model\":\"gpt-4o\",\"messages\":[{\"role\":\"user\",\"content\":\"[[model:chunks-100000-20]]\"}]}"));
        RawHttp.Answer head = client.readHead();
        assertThat(head.status()).isEqualTo(200);
        return head.header("x-request-id").orElseThrow();
    }

    private static String read(RawHttp client, int chunks) throws IOException {
        var text = new StringBuilder();
        for (int i = 0; i < chunks; i++) {
            text.append(new String(client.readChunk(), StandardCharsets.UTF_8));
        }
        return text.toString();
    }

    /** Waits for the end: pings fill the time until the dead broker's calls are closed. */
    private static String resume(Rig rig, String id, String token) throws IOException {
        try (RawHttp client = RawHttp.connect(rig.port(), 0)) {
            client.patience(60_000);
            client.send(RawHttp.request("GET", "/streams/" + id, "Authorization: Bearer " + token + "\r\n", ""));
            RawHttp.Answer answer = client.read();
            assertThat(answer.status()).isEqualTo(200);
            return Stream.of(answer.text().split("(?<=\n\n)"))
                    .filter(event -> !event.startsWith(": ping"))
                    .reduce("", String::concat);
        }
    }
}
