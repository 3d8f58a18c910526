package gptbroker.dev;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import gptbroker.testing.Eventually;
import java.io.IOException;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ScriptedModelTest {
    private static final ObjectMapper mapper = new ObjectMapper();

    private final HttpClient http = HttpClient.newHttpClient();
    private final ScriptedModel model = ScriptedModel.start(0);

    @AfterEach
    void stop() {
        model.close();
        http.close();
    }

    @Test
    void echoesTheLastMessageWithUsage() throws Exception {
        var answer = mapper.readTree(
                ask("gpt-4o", "say nonce-7 \"ünïcödé\" 😀", false).body());
        var text = answer.at("/choices/0/message/content").asText();
        assertThat(text).isEqualTo("Echo: nonce-7 say nonce-7 \"ünïcödé\" 😀");
        assertThat(text).isEqualTo(ScriptedModel.answer("gpt-4o", "say nonce-7 \"ünïcödé\" 😀"));
        assertThat(answer.at("/usage/completion_tokens").asLong()).isEqualTo(ScriptedModel.tokens(text));
        assertThat(answer.at("/model").asText()).isEqualTo("gpt-4o");
        assertThat(model.calls()).isEqualTo(1);
    }

    @Test
    void streamsTheSameTextAndTheUsageLast() throws Exception {
        var events = events(ask("gpt-4o-mini", "a longer prompt that takes a few deltas 😀😀😀😀", true)
                .body());
        assertThat(events.getLast()).isEqualTo("[DONE]");
        var chunks = events.subList(0, events.size() - 1).stream()
                .map(ScriptedModelTest::json)
                .toList();
        assertThat(text(chunks)).isEqualTo("Echo: a longer prompt that takes a few deltas 😀😀😀😀");
        assertThat(chunks.getLast().at("/choices").isEmpty()).isTrue();
        assertThat(chunks.getLast().at("/usage/total_tokens").asLong()).isPositive();
    }

    @Test
    void promptChoosesTheScriptWhereTheModelIsFixed() throws Exception {
        assertThat(ask("gpt-4o", "[[model:fault-503]] hello", false).statusCode())
                .isEqualTo(503);
        assertThat(model.callsByScript()).containsEntry("fault-503", 1L);
    }

    @ParameterizedTest
    @CsvSource({"fault-500,500,", "fault-401,401,", "fault-429,429,", "fault-429-3600,429,3600", "fault-429-abc,429,abc"
    })
    void failsWithAStatus(String name, int status, String retryAfter) throws Exception {
        var answer = ask(name, "hello", false);
        assertThat(answer.statusCode()).isEqualTo(status);
        assertThat(answer.headers().firstValue("retry-after").orElse(null)).isEqualTo(retryAfter);
        assertThat(mapper.readTree(answer.body()).at("/error/message").asText()).isNotEmpty();
    }

    @Test
    void failsWithOtherBodies() throws Exception {
        assertThat(ask("fault-400-html", "hello", false).body()).startsWith("<html>");
        assertThat(ask("fault-502-empty", "hello", false).body()).isEmpty();
        assertThat(ask("fault-500-key", "hello", false).body()).contains("sk-canary");
        assertThat(ask("fault-nonjson", "hello", false).body()).isEqualTo("surely not JSON");
        assertThat(ask("big-100000", "hello", false).body()).hasSizeGreaterThan(100_000);
    }

    @Test
    void emptyAndUnstorableTexts() throws Exception {
        assertThat(text(chunks("empty"))).isEmpty();
        assertThat(text(chunks("nul"))).isEqualTo("before\u0000after\ud800 end");
    }

    @Test
    void paces() throws Exception {
        var chunks = chunks("chunks-5-1");
        assertThat(text(chunks)).isEqualTo("0 1 2 3 4 ");
    }

    @ParameterizedTest
    @ValueSource(strings = {"fault-cut-head", "fault-cut-mid"})
    void hangsUp(String name) {
        assertThatThrownBy(() -> ask(name, "hello there, how are you today?", true))
                .isInstanceOf(IOException.class);
        assertThatThrownBy(() -> ask(name, "hello there, how are you today?", false))
                .isInstanceOf(IOException.class);
    }

    @ParameterizedTest
    @CsvSource({"fault-no-done,0,false", "fault-two-done,2,false", "fault-after-done,1,false", "fault-bad-line,1,true"})
    void streamsThatAreWrong(String name, long done, boolean bad) throws Exception {
        var events = events(ask(name, "hello there, how are you today?", true).body());
        assertThat(events.stream().filter("[DONE]"::equals)).hasSize((int) done);
        assertThat(events.contains("{surely not JSON")).isEqualTo(bad);
    }

    @ParameterizedTest
    @CsvSource({"fault-stall-head,0", "fault-stall-first,1", "fault-stall-mid,2"})
    void stalls(String name, int parts) throws Exception {
        try (var socket = new Socket("127.0.0.1", URI.create(model.url()).getPort())) {
            var body = body(name, "hello", true);
            socket.getOutputStream()
                    .write(("POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nContent-Length: " + body.length()
                                    + "\r\n\r\n" + body)
                            .getBytes(StandardCharsets.UTF_8));
            Eventually.isTrue("asked", () -> model.running() == 1);
            var seen = new StringBuilder();
            socket.setSoTimeout(60_000);
            read(socket, seen, () -> parts(seen) < parts);
            socket.setSoTimeout(500);
            assertThatThrownBy(() -> read(socket, seen, () -> true)).isInstanceOf(SocketTimeoutException.class);
            assertThat(parts(seen)).isEqualTo(parts);
        }
        assertThat(model.running()).isEqualTo(1);
    }

    private static void read(Socket socket, StringBuilder seen, BooleanSupplier more) throws IOException {
        int next = 0;
        while (next >= 0 && more.getAsBoolean()) {
            next = socket.getInputStream().read();
            seen.append((char) next);
        }
    }

    private static int parts(CharSequence seen) {
        return seen.toString().split("data: ", -1).length - 1;
    }

    @Test
    void countsAndForgets() throws Exception {
        ask("gpt-4o", "one", false);
        ask("gpt-4o", "two", true);
        assertThat(get("/dev/calls").at("/byScript/gpt-4o").asInt()).isEqualTo(2);
        // A call is counted a moment after its answer.
        Eventually.isTrue(
                "both completed", () -> get("/dev/calls").at("/completed").asInt() == 2);
        assertThat(get("/dev/last").at("/messages/0/content").asText()).isEqualTo("two");
        http.send(
                HttpRequest.newBuilder(URI.create(model.url() + "/dev/calls"))
                        .DELETE()
                        .build(),
                BodyHandlers.discarding());
        assertThat(model.calls()).isZero();
        assertThat(get("/v1/models").at("/data").size()).isEqualTo(2);
    }

    private JsonNode get(String path) throws Exception {
        var request = HttpRequest.newBuilder(URI.create(model.url() + path)).build();
        return mapper.readTree(http.send(request, BodyHandlers.ofString()).body());
    }

    private List<JsonNode> chunks(String name) throws Exception {
        var events = events(ask(name, "hello", true).body());
        return events.subList(0, events.size() - 1).stream()
                .map(ScriptedModelTest::json)
                .toList();
    }

    private HttpResponse<String> ask(String name, String prompt, boolean stream) throws Exception {
        var request = HttpRequest.newBuilder(URI.create(model.url() + "/v1/chat/completions"))
                .header("content-type", "application/json")
                .POST(BodyPublishers.ofString(body(name, prompt, stream)))
                .build();
        return http.send(request, BodyHandlers.ofString());
    }

    private static String body(String name, String prompt, boolean stream) throws IOException {
        var body = mapper.createObjectNode().put("model", name).put("stream", stream);
        body.putArray("messages").addObject().put("role", "user").put("content", prompt);
        if (stream) {
            body.putObject("stream_options").put("include_usage", true);
        }
        return mapper.writeValueAsString(body);
    }

    private static List<String> events(String body) {
        return body.lines()
                .filter(line -> line.startsWith("data: "))
                .map(line -> line.substring(6))
                .toList();
    }

    private static String text(List<JsonNode> chunks) {
        var text = new StringBuilder();
        chunks.forEach(chunk -> text.append(chunk.at("/choices/0/delta/content").asText("")));
        return text.toString();
    }

    private static JsonNode json(String text) {
        try {
            return mapper.readTree(text);
        } catch (IOException e) {
            throw new IllegalArgumentException(text, e);
        }
    }
}
