package gptbroker.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import gptbroker.testing.Eventually;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Prompts of the tenant's own, from outside. */
class PromptsE2eTest {
    private static final String PROMPT = """
              - name: %s
                model: gpt-4o-mini
                messages:
                  - {role: system, content: "SECRET-JSON-PROMPT {{#tone}}in {{tone}}{{/tone}}"}
                  - {role: user, content: "{{text}}"}
                input:
                  type: object
                  required: [text]
                  additionalProperties: false
                  properties: {text: {type: string, minLength: 1}, tone: {type: string}}
                %s
            """;
    private static final Duration SOON = Duration.ofSeconds(60);

    @TempDir
    static Path folder;

    private static Rig rig;

    @BeforeAll
    static void start() throws IOException {
        declare();
        rig = Rig.start(Map.of("PROMPTS_FILE", folder.resolve("prompts.yaml").toString()));
    }

    private static void declare() throws IOException {
        String prompts = "prompts:\n"
                + PROMPT.formatted("as-text", "answer: text")
                + PROMPT.formatted("as-message", "answer: json")
                + PROMPT.formatted("as-json", "answer: json\n    json: model")
                + PROMPT.formatted("as-events", "answer: sse")
                + PROMPT.formatted("as-lines", "answer: ndjson")
                + PROMPT.formatted("drained", "answer: sse\n    on_disconnect: drain")
                + PROMPT.formatted("dear", "units: 3");
        Files.writeString(folder.resolve("prompts.yaml"), prompts);
    }

    @AfterAll
    static void stop() {
        rig.close();
    }

    private static HttpResponse<String> ask(String path, UUID user, String json) {
        HttpResponse<String> answer = rig.post(path, rig.token(user), json);
        assertThat(answer.body() + answer.headers().map()).doesNotContain("SECRET");
        return answer;
    }

    private static String type(HttpResponse<String> answer) {
        return answer.headers().firstValue("content-type").orElse("");
    }

    private static String code(HttpResponse<String> answer) {
        return answer.headers().firstValue("x-error-code").orElse("");
    }

    private static void archived(UUID user, String... rows) {
        rig.archived(
                "select status, units, endpoint, content from responses where user_id = '" + user + "' order by 3, 2",
                List.of(rows));
    }

    @Test
    void everyFormOnBothPaths() {
        for (String path : List.of("/prompts/", "/functions/v1/")) {
            UUID user = rig.user();
            String hi = "{\"text\":\"Hi\"}";
            HttpResponse<String> text = ask(path + "as-text", user, hi);
            assertThat(text.body()).isEqualTo("Echo: Hi");
            assertThat(type(text)).isEqualTo("text/plain; charset=utf-8");
            HttpResponse<String> message = ask(path + "As-Message/?forceFunctionRegion=eu-west-1", user, hi);
            assertThat(message.body()).isEqualTo("{\"message\":\"Echo: Hi\"}");
            assertThat(type(message)).startsWith("application/json");
            HttpResponse<String> json = ask(path + "as-json", user, hi);
            assertThat(json.body()).isEqualTo("{\"answer\":\"Echo: Hi\"}");
            assertThat(type(json)).startsWith("application/json");
            HttpResponse<String> events = ask(path + "as-events", user, hi);
            assertThat(events.body()).isEqualTo("data: {\"data\":\"Echo: Hi\"}\n\ndata: [DONE]\n\n");
            assertThat(type(events)).startsWith("text/event-stream");
            HttpResponse<String> lines = ask(path + "as-lines", user, hi);
            assertThat(lines.body()).isEqualTo("{\"data\":\"Echo: Hi\"}\n");
            assertThat(type(lines)).startsWith("application/x-ndjson");
            archived(
                    user,
                    "done|1|/prompts/as-events|Echo: Hi",
                    "done|1|/prompts/as-json|{\"answer\":\"Echo: Hi\"}",
                    "done|1|/prompts/as-lines|Echo: Hi",
                    "done|1|/prompts/as-message|Echo: Hi",
                    "done|1|/prompts/as-text|Echo: Hi");
        }
    }

    @Test
    void theArchiveHasTheRenderedMessagesAndValuesStayText() {
        UUID user = rig.user();
        ask("/prompts/as-text", user, "{\"text\":\"{{tone}} \\\"x\\\"\",\"tone\":\"red\"}");
        rig.archived(
                "select content, endpoint from inputs where user_id = '" + user + "'",
                List.of("[{\"role\":\"system\",\"content\":\"SECRET-JSON-PROMPT in red\"},"
                        + "{\"role\":\"user\",\"content\":\"{{tone}} \\\"x\\\"\"}]|/prompts/as-text"));
    }

    @Test
    void theUsersHistoryDoesNotShowThePrompt() {
        UUID user = rig.user();
        assertThat(ask("/prompts/as-text", user, "{\"text\":\"Hi\"}").statusCode())
                .isEqualTo(200);
        archived(user, "done|1|/prompts/as-text|Echo: Hi");
        for (String path : List.of("/me/history", "/me/export")) {
            assertThat(rig.get(path, rig.token(user)).body())
                    .contains("Echo: Hi", "\"input\":null")
                    .doesNotContain("SECRET");
        }
    }

    @Test
    void badInputIsToldByItsFieldsAndCostsNothing() {
        UUID user = rig.user();
        Map<String, String> fields = Map.of(
                "{}", "/text",
                "", "/text",
                "{\"text\":\"\"}", "/text",
                "{\"text\":\"VALUE\",\"tone\":7}", "/tone",
                "{\"text\":\"VALUE\",\"other\":\"VALUE\"}", "/other",
                "[\"VALUE\"]", "/");
        fields.forEach((body, field) -> {
            HttpResponse<String> refused = ask("/functions/v1/as-text", user, body);
            assertThat(refused.statusCode()).as(body).isEqualTo(400);
            assertThat(code(refused)).isEqualTo("input_invalid");
            assertThat(refused.body())
                    .isEqualTo(
                            "{\"error\":\"The input is not what this prompt takes: " + field + "\",\"message\":null}");
            assertThat(refused.headers().firstValue("x-ratelimit-remaining")).hasValue("50");
        });
        for (String body : List.of("{", "{\"text\":\"a\",\"text\":\"b\"}", "{\"text\":1e999}", "{} {}")) {
            assertThat(code(ask("/prompts/as-text", user, body))).as(body).isEqualTo("invalid_json");
        }
        HttpResponse<String> text = rig.send(rig.request("/prompts/as-text")
                .header("Authorization", "Bearer " + rig.token(user))
                .header("Content-Type", "text/plain")
                .POST(BodyPublishers.ofString("Hi")));
        assertThat(text.statusCode()).isEqualTo(415);
    }

    @Test
    void anUnknownNameIsNoEndpoint() {
        HttpResponse<String> unknown = ask("/functions/v1/nothing", rig.user(), "{}");
        assertThat(unknown.statusCode()).isEqualTo(404);
        assertThat(unknown.body()).isEqualTo("{\"error\":\"Endpoint not found\"}");
        assertThat(rig.get("/prompts/as-text", rig.token(rig.user())).statusCode())
                .isEqualTo(405);
        assertThat(rig.send(rig.request("/prompts/nothing").POST(BodyPublishers.ofString("")))
                        .statusCode())
                .isEqualTo(401);
    }

    @Test
    void unitsAreChargedAndGivenBackTogether() {
        UUID user = rig.user();
        HttpResponse<String> failed = ask("/prompts/dear", user, "{\"text\":\"[[model:fault-500]]\"}");
        assertThat(failed.statusCode()).isEqualTo(502);
        assertThat(failed.headers().firstValue("x-ratelimit-remaining")).hasValue("50");
        HttpResponse<String> done = ask("/prompts/dear", user, "{\"text\":\"Hi\"}");
        assertThat(done.headers().firstValue("x-ratelimit-remaining")).hasValue("47");
        archived(user, "error|0|/prompts/dear|", "done|3|/prompts/dear|Echo: Hi");
        UUID anonymous = rig.user();
        for (int calls = 0; calls < 16; calls++) {
            assertThat(ask("/prompts/dear", anonymous, "{\"text\":\"Hi\"}").statusCode())
                    .isEqualTo(200);
        }
        HttpResponse<String> over = ask("/prompts/dear", anonymous, "{\"text\":\"Hi\"}");
        assertThat(code(over)).isEqualTo("quota_exceeded");
        assertThat(over.headers().firstValue("x-ratelimit-remaining")).hasValue("2");
    }

    @Test
    void aStreamThatFailsBeforeItBeginsHasAStatus() {
        for (String name : List.of("as-events", "as-lines")) {
            HttpResponse<String> failed =
                    ask("/functions/v1/" + name, rig.user(), "{\"text\":\"[[model:fault-500]]\"}");
            assertThat(failed.statusCode()).isEqualTo(502);
            assertThat(failed.body()).isEqualTo("{\"error\":\"The model could not answer\",\"message\":null}");
        }
    }

    @Test
    void whoLeavesADrainedStreamFindsItWhole() {
        UUID stayed = rig.user();
        UUID left = rig.user();
        // Half a million pieces would take hours: only the departure can end it.
        leave("/prompts/as-events", left, "chunks-500000-20");
        archivedStatus(left, "partial_client|1");
        leave("/prompts/drained", stayed, "chunks-60-20");
        archivedStatus(stayed, "done|1");
        assertThat(rig.archive("select content from responses where user_id = '" + stayed + "'")
                        .getFirst())
                .startsWith("0 1 2 ")
                .endsWith("59 ");
    }

    private static void archivedStatus(UUID user, String row) {
        rig.archived(
                "select status, units from responses where user_id = '" + user + "' and status <> 'open'",
                List.of(row));
    }

    /** Closes the connection after the first event. */
    private static void leave(String path, UUID user, String script) {
        String body = "{\"text\":\"[[model:" + script + "]]\"}";
        String head = "POST " + path + " HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " + rig.token(user)
                + "\r\nContent-Type: application/json\r\nContent-Length: " + body.length() + "\r\n\r\n";
        try (Socket socket = new Socket("127.0.0.1", rig.port())) {
            socket.setSoLinger(true, 0);
            socket.getOutputStream().write((head + body).getBytes(StandardCharsets.UTF_8));
            InputStream in = socket.getInputStream();
            var seen = new StringBuilder();
            while (seen.indexOf("data: ") < 0) {
                int next = in.read();
                assertThat(next).as(seen.toString()).isNotNegative();
                seen.append((char) next);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void aFileIsReloadedUnlessItIsBad() throws IOException {
        Path own = Files.createDirectories(folder.resolve("reload")).resolve("prompts.yaml");
        Files.writeString(own, "prompts:\n" + PROMPT.formatted("before", "answer: text"));
        try (Rig reloading = Rig.start(Map.of("PROMPTS_FILE", own.toString()))) {
            String token = reloading.token(reloading.user());
            String body = "{\"text\":\"Hi\"}";
            Files.writeString(own, "prompts:\n" + PROMPT.formatted("Bad Name", "answer: text"));
            assertThat(reloading.post("/prompts/before", token, body).statusCode())
                    .isEqualTo(200);
            Files.writeString(own, "prompts:\n" + PROMPT.formatted("after", "answer: text"));
            Eventually.within(
                    SOON,
                    "reloaded",
                    () -> reloading.post("/prompts/after", token, body).statusCode() == 200);
            assertThat(reloading.post("/prompts/before", token, body).statusCode())
                    .isEqualTo(404);
        }
    }
}
