package gptbroker.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import gptbroker.testing.Eventually;
import gptbroker.testing.RawHttp;
import gptbroker.testing.TestRedis;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import redis.clients.jedis.Jedis;

/** Answers that are drained, resumed on another replica. */
class ResumeE2eTest {
    private static final String EVENTS = "Accept: text/event-stream\r\n";
    private static final String PREFIX = "resume-" + UUID.randomUUID();

    @TempDir
    static Path folder;

    private static Rig first;
    private static Rig second;
    private static Rig cancelling;

    @BeforeAll
    static void start() throws IOException {
        Path prompts = folder.resolve("prompts.yaml");
        Files.writeString(prompts, """
                prompts:
                  - name: drained
                    model: gpt-4o
                    answer: sse
                    on_disconnect: drain
                    input: {type: object, required: [text], properties: {text: {type: string}}}
                    messages: [{role: user, content: "{{text}}"}]
                """);
        var variables = new HashMap<>(Map.of(
                "REDIS_PREFIX", PREFIX,
                "STREAM_ON_DISCONNECT", "drain",
                "V1_ON_DISCONNECT", "drain",
                "USER_CONCURRENCY", "0",
                "PROMPTS_FILE", prompts.toString()));
        first = Rig.start(variables);
        variables.put("SUPABASE_URL", first.issuer().url());
        variables.put("OPENAI_API_URL", first.model().url());
        variables.put("DATABASE_URL", first.database().reveal());
        second = Rig.start(variables);
        cancelling = Rig.start(Map.of("REDIS_PREFIX", PREFIX + "-cancel"));
    }

    @AfterAll
    static void stop() {
        cancelling.close();
        second.close();
        first.close();
    }

    private record Ask(String path, String headers, String body) {
        static Ask of(String path, String headers, String script) {
            String prompt = "[[model:" + script + "]] Hi";
            return new Ask(
                    path,
                    headers,
                    path.startsWith("/prompts")
                            ? "{\"text\":\"" + prompt + "\"}"
                            : "{\"model\":\"gpt-4o\",\"stream\":true,\"messages\":[{\"role\":\"user\",\"content\":\""
                                    + prompt + "\"}]}");
        }

        byte[] request(String token) {
            return RawHttp.request("POST", path, "Authorization: Bearer " + token + "\r\n" + headers + Doors.JSON, body)
                    .getBytes(StandardCharsets.UTF_8);
        }
    }

    private static Stream<Ask> asks() {
        String script = "chunks-60-20";
        return Stream.of(
                Ask.of("/stream", EVENTS, script),
                Ask.of("/stream", "", script),
                Ask.of("/prompts/drained", "", script),
                Ask.of("/v1/chat/completions", "", script));
    }

    private static String chunks(RawHttp client, int count) throws IOException {
        var text = new StringBuilder();
        for (int i = 0; i < count; i++) {
            text.append(new String(client.readChunk(), StandardCharsets.UTF_8));
        }
        return text.toString();
    }

    private static int frames(String body) {
        return (int) body.lines()
                .filter(line -> line.startsWith("data: ") || line.startsWith("{"))
                .count();
    }

    private static HttpResponse<String> resume(Rig rig, String id, String token, int after) {
        var request = rig.request("/streams/" + id).header("Authorization", "Bearer " + token);
        return rig.send(after == 0 ? request : request.header("Last-Event-ID", Integer.toString(after)));
    }

    /** Three frames, then the connection is gone; the rest comes from the other replica, and fits byte for byte. */
    @ParameterizedTest
    @MethodSource("asks")
    void theRestComesFromTheOtherReplica(Ask ask) throws Exception {
        UUID user = first.user();
        String token = first.token(user);
        String id;
        String begun;
        try (RawHttp client = RawHttp.connect(first.port())) {
            client.send(ask.request(token));
            RawHttp.Answer head = client.readHead();
            assertThat(head.status()).isEqualTo(200);
            id = head.header("x-request-id").orElseThrow();
            assertThat(head.header("content-location")).contains("/streams/" + id);
            begun = chunks(client, 3);
            client.reset();
        }
        // While it still runs: what is there, then what comes.
        HttpResponse<String> rest = resume(second, id, token, 3);
        assertThat(rest.statusCode()).isEqualTo(200);
        HttpResponse<String> whole = resume(first, id, token, 0);
        assertThat(begun + rest.body()).isEqualTo(whole.body());
        assertThat(whole.headers().firstValue("content-type"))
                .isEqualTo(rest.headers().firstValue("content-type"));
        for (int i = 0; i < 60; i++) {
            assertThat(whole.body()).contains("\"" + i + " \"");
        }
        if (whole.body().contains("data: ")) {
            assertThat(whole.body()).startsWith("id: 1\ndata: ").endsWith("\ndata: [DONE]\n\n");
        } else {
            assertThat(whole.body().lines()).hasSize(60);
        }
        String last = resume(second, id, token, frames(whole.body()) - 1).body();
        assertThat(whole.body()).endsWith(last);
        assertThat(frames(last)).isEqualTo(1);
        assertThat(resume(second, id, token, 999).body()).isEmpty();
        first.archived(
                "select status, units, content from responses where user_id = '" + user + "'",
                List.of("done|1|"
                        + String.join(
                                "",
                                IntStream.range(0, 60).mapToObj(i -> i + " ").toList())));
    }

    @Test
    void aSecondReaderMayComeWhileTheFirstIsThere() throws Exception {
        String token = first.token(first.user());
        try (RawHttp client = RawHttp.connect(first.port())) {
            client.send(Ask.of("/stream", EVENTS, "chunks-40-20").request(token));
            String id = client.readHead().header("x-request-id").orElseThrow();
            String begun = chunks(client, 1);
            String other = resume(second, id, token, 0).body();
            assertThat(begun + chunks(client, 40)).isEqualTo(other);
        }
    }

    @Test
    void aFailureIsPartOfTheAnswer() throws Exception {
        String token = first.token(first.user());
        try (RawHttp client = RawHttp.connect(first.port())) {
            client.send(Ask.of("/stream", EVENTS, "fault-cut-mid").request(token));
            String id = client.readHead().header("x-request-id").orElseThrow();
            client.reset();
            assertThat(resume(second, id, token, 0).body())
                    .startsWith("id: 1\ndata: {\"data\":")
                    .endsWith("\ndata: {\"error\":\"Error while streaming\"}\n\n");
        }
    }

    @Test
    void onlyItsOwnCallerFindsIt() {
        String token = first.token(first.user());
        HttpResponse<String> answer =
                first.post("/stream", token, Ask.of("/stream", "", "echo").body());
        String id = answer.headers().firstValue("x-request-id").orElseThrow();
        assertThat(resume(second, id, token, 0).body()).isEqualTo(answer.body());

        HttpResponse<String> foreign = resume(second, id, first.token(first.user()), 0);
        HttpResponse<String> unknown = resume(second, UUID.randomUUID().toString(), token, 0);
        assertThat(foreign.statusCode()).isEqualTo(404);
        assertThat(foreign.body()).isEqualTo("{\"error\":\"No such stream\"}").isEqualTo(unknown.body());
        assertThat(unknown.statusCode()).isEqualTo(404);
        assertThat(resume(second, "x", token, 0).statusCode()).isEqualTo(400);
        assertThat(second.send(second.request("/streams/" + id)).statusCode()).isEqualTo(401);
        for (String bad : List.of("x", "-1", "1.5", "99999999999")) {
            assertThat(second.send(second.request("/streams/" + id)
                                    .header("Authorization", "Bearer " + token)
                                    .header("Last-Event-ID", bad))
                            .statusCode())
                    .as(bad)
                    .isEqualTo(400);
        }
    }

    @Test
    void whatIsNotDrainedIsNotKept() throws Exception {
        String token = cancelling.token(cancelling.user());
        for (String path : List.of("/stream", "/v1/chat/completions")) {
            HttpResponse<String> answer =
                    cancelling.post(path, token, Ask.of(path, "", "echo").body());
            assertThat(answer.headers().firstValue("content-location")).isEmpty();
            assertThat(answer.body()).doesNotContain("id: 1");
            String id = answer.headers().firstValue("x-request-id").orElseThrow();
            assertThat(resume(cancelling, id, token, 0).statusCode()).isEqualTo(404);
        }
        try (Jedis redis = TestRedis.shared().open()) {
            assertThat(redis.keys(PREFIX + "-cancel:*feed*")).isEmpty();
        }
    }

    @Test
    void aBrokerThatStopsInPeaceLeavesTheWholeRecord() throws Exception {
        Map<String, String> same = Map.of(
                "REDIS_PREFIX",
                PREFIX,
                "STREAM_ON_DISCONNECT",
                "drain",
                "SUPABASE_URL",
                first.issuer().url(),
                "DRAIN_TIMEOUT",
                "0s");
        String token = first.token(first.user());
        String id;
        try (Rig third = Rig.start(same);
                RawHttp client = RawHttp.connect(third.port())) {
            client.send(Ask.of("/stream", EVENTS, "chunks-100000-20").request(token));
            id = client.readHead().header("x-request-id").orElseThrow();
            chunks(client, 3);
        }
        Eventually.isTrue(
                "all is there",
                () -> resume(second, id, token, 0).body().endsWith("data: {\"error\":\"Error while streaming\"}\n\n"));
    }
}
