package gptbroker.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import gptbroker.e2e.Doors.Door;
import gptbroker.testing.RawHttp.Answer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The JSON and Unicode list (E 112-131) and JSONTestSuite as bodies of paid calls. */
class JsonE2eTest {
    private static final String MESSAGES = "[{\"role\":\"user\",\"content\":\"" + Doors.CANARY + "\"}]";
    private static final String WHOLE = "{\"model\":\"gpt-4o\",\"messages\":" + MESSAGES;
    /** Bare scalars are JSON, but no request body of ours. */
    private static final String SCALAR_ROOT = "y_structure_lonely_.*|y_structure_string_empty.*|y_string_space.*";

    private static Doors doors;

    @BeforeAll
    static void start() {
        doors = new Doors(Map.of());
    }

    @AfterAll
    static void stop() {
        doors.archived(0);
        doors.close();
    }

    private static Map<String, byte[]> malformed() {
        Map<String, byte[]> bodies = new LinkedHashMap<>();
        for (String body : List.of(
                "null",
                "1",
                "\"text\"",
                "true",
                WHOLE,
                WHOLE + "}x",
                WHOLE + "}{}",
                WHOLE + ",\"messages\":" + MESSAGES + "}",
                WHOLE + ",\"x\":NaN}",
                WHOLE + ",\"x\":01}",
                WHOLE + ",\"x\":-}",
                WHOLE + ",\"x\":" + "9".repeat(400) + "}",
                WHOLE + ",\"x\":\"a\u0001b\"}",
                WHOLE + ",\"x\":\"a\nb\"}",
                WHOLE + ",\"x\":'a'}",
                WHOLE + ",}",
                WHOLE + "/* c */}",
                WHOLE + "// c\n}",
                "\ufeff" + WHOLE + "}",
                "[" + MESSAGES.substring(1, MESSAGES.length() - 1) + ",]")) {
            bodies.put(bodies.size() + " " + body.substring(0, Math.min(12, body.length())), utf8(body));
        }
        for (int depth : new int[] {65, 1_000, 100_000}) {
            bodies.put("118 arrays " + depth, utf8(WHOLE + ",\"x\":" + "[".repeat(depth) + "]".repeat(depth) + "}"));
            bodies.put(
                    "118 objects " + depth,
                    utf8(WHOLE + ",\"x\":" + "{\"a\":".repeat(depth) + "1" + "}".repeat(depth + 1)));
        }
        bodies.put("121 invalid", spoiled(0xff));
        bodies.put("122 overlong", spoiled(0xc0, 0xaf));
        bodies.put("123 surrogates", spoiled(0xed, 0xa0, 0x80));
        bodies.put("124 UTF-16", (WHOLE + "}").getBytes(StandardCharsets.UTF_16));
        return bodies;
    }

    private static byte[] spoiled(int... bytes) {
        StringBuilder text = new StringBuilder(WHOLE + ",\"x\":\"");
        for (int b : bytes) {
            text.append((char) b);
        }
        return text.append("\"}").toString().getBytes(StandardCharsets.ISO_8859_1);
    }

    @TestFactory
    Stream<DynamicTest> whatIsNoJsonIsABadRequest() {
        List<DynamicTest> tests = new ArrayList<>();
        malformed().forEach((name, body) -> {
            for (Door door : Door.values()) {
                tests.add(DynamicTest.dynamicTest(
                        name + " " + door,
                        () -> doors.untouched(
                                door,
                                () -> Doors.POSTS.stream()
                                        .map(path -> refused(door, path, body))
                                        .toList())));
            }
        });
        return tests.stream();
    }

    private static Answer refused(Door door, String path, byte[] body) {
        Answer answer = doors.call(door, Doors.request("POST", path, doors.bearer() + Doors.JSON, body));
        assertThat(answer.status()).as(path).isEqualTo(400);
        assertThat(answer.header("x-error-code")).contains("invalid_json");
        assertThat(answer.text()).isEqualTo("{\"error\":\"Bad Request\",\"message\":null}");
        return answer;
    }

    /** 112, 131: without a body, or in a form that we do not read, there are no messages. */
    @ParameterizedTest
    @EnumSource
    void whatSaysNothing(Door door) {
        String text = "{\"error\":\"Missing required 'messages' in body of request\"";
        for (String path : Doors.POSTS) {
            String body = text + (path.equals(Doors.STREAM) ? "}" : ",\"message\":null}");
            doors.refused(door, doors.post(path, Doors.JSON, ""), 400, "messages_missing", body);
            for (String type : List.of("", "text/plain", "multipart/form-data; boundary=x", "application/xml")) {
                String header = type.isEmpty() ? "" : "Content-Type: " + type + "\r\n";
                doors.refused(door, doors.post(path, header, WHOLE + "}"), 400, "messages_missing", body);
            }
            for (String charset : List.of("utf-16", "iso-8859-1", "no such", "utf-7")) {
                String header = "Content-Type: application/json; charset=" + charset + "\r\n";
                assertThat(doors.refused(door, doors.post(path, header, WHOLE + "}"))
                                .status())
                        .isEqualTo(415);
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void jsonTestSuite(Door door) throws IOException {
        List<Path> files;
        try (Stream<Path> all = Files.list(Path.of("src/test/resources/jsontestsuite"))) {
            files = all.filter(file -> file.toString().endsWith(".json"))
                    .sorted()
                    .toList();
        }
        assertThat(files).hasSize(318);
        doors.untouched(
                door, () -> files.stream().map(file -> vector(door, file)).toList());
    }

    private static Answer vector(Door door, Path file) {
        String name = file.getFileName().toString();
        byte[] body = bytes(file);
        Answer answer = doors.call(door, Doors.request("POST", Doors.GPT_4O, doors.bearer() + Doors.JSON, body));
        assertThat(answer.status()).as(name).isEqualTo(400);
        String code = answer.header("x-error-code").orElse("");
        boolean empty = new String(body, StandardCharsets.ISO_8859_1).isBlank();
        if (name.startsWith("n_") && !empty) {
            assertThat(code).as(name).isEqualTo("invalid_json");
        } else if (name.startsWith("y_") && !name.matches(SCALAR_ROOT)) {
            assertThat(code).as(name).startsWith("message");
        }
        return answer;
    }

    private static byte[] bytes(Path file) {
        try {
            return Files.readAllBytes(file);
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    /** 126-128, 130: legal, however odd: asked, answered, and kept as they came. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "a\\u0000b",
                "a\\ud800b",
                "\\udc00",
                "\u202Eevil\u202C \u200D\u200B",
                "\uD83D\uDE00\uD83C\uDDE9\uD83C\uDDEA",
                "'; DROP TABLE inputs; --",
                "$1 \\\\ %_ {p} * :",
                "\\r\\nSET x 1\\r\\n",
                "return redis.call('FLUSHALL')",
                "a\\n\\ndata: {\\\"data\\\":\\\"b\\\"}",
                "<script>alert(1)</script>",
                "\\u001b[31mred",
                "http://169.254.169.254/latest"
            })
    void oddTextIsKept(String content) {
        UUID user = doors.rig.user();
        String messages = "[{\"role\":\"user\",\"content\":\"" + content + "\",\"__proto__\":{\"constructor\":1}}]";
        for (Door door : Door.values()) {
            String headers = "Authorization: Bearer " + doors.rig.token(user) + "\r\n" + Doors.JSON;
            Answer answer =
                    doors.call(door, Doors.request("POST", Doors.V2, headers, utf8("{\"messages\":" + messages + "}")));
            assertThat(answer.status()).isEqualTo(200);
            assertThat(Doors.parse(answer.text()).path("message").asText()).startsWith("Echo: ");
        }
        doors.rig.archived(
                "select distinct content from inputs where user_id = '" + user + "' and content_exact is null",
                List.of(messages));
        doors.rig.archived(
                "select count(*), sum(units) from responses where status = 'done' and user_id = '" + user + "'",
                List.of("2|2"));
    }

    /** 128: ten thousand combining marks. */
    @Test
    void manyMarksAreKept() {
        oddTextIsKept("e" + "\u0301".repeat(10_000));
    }

    /** What {@code text} cannot hold stands beside it: in a question of the query, and in an answer. */
    @Test
    void nulAndLoneSurrogatesAreKeptExactly() {
        UUID user = doors.rig.user();
        assertThat(doors.rig
                        .get(Doors.SIMPLE + "?prompt=a%00b", doors.rig.token(user))
                        .statusCode())
                .isEqualTo(200);
        doors.rig.archived(
                "select content, convert_from(content_exact, 'UTF8') from inputs where user_id = '" + user + "'",
                List.of("a\ufffdb|\"a\\u0000b\""));
        UUID other = doors.rig.user();
        String directive = "{\"messages\":[{\"role\":\"user\",\"content\":\"[[model:nul]] x\"}]}";
        String answer =
                doors.rig.post(Doors.V2, doors.rig.token(other), directive).body();
        assertThat(Doors.parse(answer).path("message").asText()).isEqualTo("before\u0000after\ud800 end");
        doors.rig.archived(
                "select content, lower(convert_from(content_exact, 'UTF8')) from responses where user_id = '" + other
                        + "'",
                List.of("before\ufffdafter\ufffd end|\"before\\u0000after\\ud800 end\""));
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
