package gptbroker.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import gptbroker.e2e.Doors.Door;
import gptbroker.testing.RawHttp.Answer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** What a failing model (U1-U4) looks like from outside: status, body, and who pays. */
class UpstreamFailuresE2eTest {
    private static final String EVENTS = "Accept: text/event-stream\r\n";
    private static final Map<String, String> TEXTS = Map.of(
            "upstream_failed", "The model could not answer",
            "upstream_rejected", "The model refused this request",
            "upstream_rate_limited", "The model is busy",
            "upstream_timeout", "The model did not answer in time");

    private static Doors patient;
    /** For a model that says nothing. Another one may be slower than that for once, on a busy machine. */
    private static Doors impatient;

    @BeforeAll
    static void start() {
        patient = new Doors(Map.of());
        impatient = new Doors(Map.of("UPSTREAM_FIRST_BYTE_TIMEOUT", "1s", "UPSTREAM_IDLE_TIMEOUT", "1s"));
    }

    @AfterAll
    static void stop() {
        impatient.close();
        patient.close();
    }

    private static Doors doors(String script) {
        return script.startsWith("fault-stall") ? impatient : patient;
    }

    /** A failure of the model, and what the client is told. */
    private record Failure(String script, int status, String code) {}

    /** Few enough of the provider's own faults that the breaker stays closed. */
    private static final List<Failure> FAILURES = List.of(
            new Failure("fault-400", 400, "upstream_rejected"),
            new Failure("fault-404-html", 400, "upstream_rejected"),
            new Failure("fault-413", 400, "upstream_rejected"),
            new Failure("fault-422-huge", 400, "upstream_rejected"),
            new Failure("fault-401-key", 502, "upstream_failed"),
            new Failure("fault-403", 502, "upstream_failed"),
            new Failure("fault-429", 503, "upstream_rate_limited"),
            new Failure("fault-429-3600", 503, "upstream_rate_limited"),
            new Failure("fault-500-html", 502, "upstream_failed"),
            new Failure("fault-503-empty", 502, "upstream_failed"),
            new Failure("fault-408", 504, "upstream_timeout"),
            new Failure("fault-redirect", 502, "upstream_failed"),
            new Failure("fault-cut-head", 502, "upstream_failed"),
            new Failure("fault-stall-head", 504, "upstream_timeout"));

    private static byte[] ask(String path, UUID user, String headers, String script) {
        String content = "[[model:" + script + "]] Hello";
        String all = "Authorization: Bearer " + doors(script).rig.token(user) + "\r\n" + headers;
        if (path.equals(Doors.SIMPLE)) {
            String query =
                    "?prompt=" + content.replace("[", "%5B").replace("]", "%5D").replace(" ", "+");
            return Doors.request("GET", path + query, all, new byte[0]);
        }
        String model = path.equals(Doors.STREAM) ? "\"model\":\"gpt-4o\"," : "";
        String body = "{" + model + "\"messages\":[{\"role\":\"user\",\"content\":\"" + content + "\"}]}";
        return Doors.request("POST", path, all + Doors.JSON, body.getBytes(StandardCharsets.UTF_8));
    }

    private static void row(Doors doors, UUID user, String row) {
        doors.rig.archived(
                "select status, units, coalesce(error_code, '') from responses where user_id = '" + user + "'",
                List.of(row));
    }

    @TestFactory
    Stream<DynamicTest> beforeAnyContent() {
        List<DynamicTest> tests = new ArrayList<>();
        List<String> paths = List.of(Doors.SIMPLE, Doors.ADVANCED, Doors.V2, Doors.GPT_4O, Doors.STREAM);
        for (Failure failure : FAILURES) {
            int n = tests.size();
            String path = paths.get(n % paths.size());
            Door door = Door.values()[n / 2 % 2];
            tests.add(DynamicTest.dynamicTest(
                    failure.script + " " + path + " " + door, () -> fails(door, path, failure)));
        }
        return tests.stream();
    }

    private static void fails(Door door, String path, Failure failure) {
        calm();
        Doors doors = doors(failure.script);
        UUID user = doors.rig.user();
        boolean stream = path.equals(Doors.STREAM);
        Answer answer = doors.call(door, ask(path, user, stream ? EVENTS : "", failure.script));
        assertThat(answer.status()).isEqualTo(failure.status);
        assertThat(answer.header("x-error-code")).contains(failure.code);
        boolean bare = path.equals(Doors.SIMPLE);
        assertThat(answer.text())
                .isEqualTo("{\"error\":\"GPT Threw an error - " + TEXTS.get(failure.code) + "\""
                        + (bare ? "}" : ",\"message\":null}"));
        assertThat(answer.header("retry-after").isPresent()).isEqualTo(failure.status == 503);
        assertThat(answer.header("access-control-allow-origin")).contains("*");
        row(doors, user, "error|0|" + failure.code);
        Answer after = doors.call(
                door,
                Doors.request(
                        "GET", Doors.SIMPLE, "Authorization: Bearer " + doors.rig.token(user) + "\r\n", new byte[0]));
        assertThat(after.header("x-ratelimit-remaining")).as("refunded").contains("50");
        if (!stream) {
            assertThat(answer.header("x-ratelimit-remaining"))
                    .as("told at once")
                    .contains("50");
        }
    }

    /** So that the failures before and after do not open the breaker, which looks at ten seconds. */
    private static void calm() {
        for (int i = 0; i < 3; i++) {
            assertThat(patient.rig
                            .get(Doors.SIMPLE + "?prompt=x", patient.rig.token(patient.rig.user()))
                            .statusCode())
                    .isEqualTo(200);
        }
    }

    /** S3.28: the seed's stream is a 200 with an error line whatever happens. */
    @Test
    void ndjsonTellsItInALine() {
        for (String script : List.of("fault-500", "fault-429", "fault-stall-first", "fault-400")) {
            calm();
            Doors doors = doors(script);
            UUID user = doors.rig.user();
            Answer answer = doors.call(Door.DIRECT, ask(Doors.STREAM, user, "", script));
            assertThat(answer.status()).isEqualTo(200);
            assertThat(answer.text()).isEqualTo("{\"error\":\"Error while streaming\"}\n");
            doors.rig.archived(
                    "select status, units from responses where user_id = '" + user + "'", List.of("error|0"));
        }
    }

    /** After content: an error line, no terminator, and a unit. */
    @TestFactory
    Stream<DynamicTest> midStream() {
        return Stream.of("fault-cut-mid", "fault-error-mid", "fault-stall-mid", "fault-bad-line", "fault-no-done")
                .flatMap(script -> Stream.of("", EVENTS)
                        .map(accept -> DynamicTest.dynamicTest(
                                script + (accept.isEmpty() ? " NDJSON" : " SSE"), () -> breaksOff(script, accept))));
    }

    private static void breaksOff(String script, String accept) {
        calm();
        String broken = "{\"error\":\"Error while streaming\"}";
        Doors doors = doors(script);
        UUID user = doors.rig.user();
        Door door = accept.isEmpty() ? Door.DIRECT : Door.NGINX;
        Answer answer = doors.call(door, ask(Doors.STREAM, user, accept, script));
        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.text())
                .startsWith(accept.isEmpty() ? "{\"data\":\"" : "data: {\"data\":\"")
                .endsWith(accept.isEmpty() ? broken + "\n" : "data: " + broken + "\n\n")
                .doesNotContain("[DONE]");
        assertThat(answer.header("x-ratelimit-remaining")).contains("49");
        doors.rig.archived(
                "select status, units, content <> '' from responses where user_id = '" + user + "'",
                List.of("partial_upstream|1|t"));
    }

    /** Limits are told on streams too, before the first byte. */
    @Test
    void streamsTellLimits() {
        for (String accept : List.of("", EVENTS)) {
            for (Door door : Door.values()) {
                Answer answer = patient.call(door, ask(Doors.STREAM, patient.rig.user(), accept, "gpt-4o"));
                assertThat(answer.header("ratelimit-policy")).contains("\"day\";q=50;w=86400");
                assertThat(answer.header("ratelimit").orElse("")).startsWith("\"day\";r=49;t=");
                assertThat(answer.header("x-ratelimit-limit")).contains("50");
                assertThat(answer.header("x-ratelimit-remaining")).contains("49");
                assertThat(answer.header("x-ratelimit-reset")).isPresent();
                assertThat(answer.header("cache-control")).contains("no-cache, no-transform");
            }
        }
    }
}
