package gptbroker.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import gptbroker.e2e.Doors.Door;
import gptbroker.testing.RawHttp.Answer;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The parameter list (F 132-139) with the seed's texts in the seed's order (S3.19, S3.24, S3.29, S3.44, S3.45). */
class ParametersE2eTest {
    private static final String GOOD = "[{\"role\":\"user\",\"content\":\"" + Doors.CANARY + "\"}]";
    private static final String FORM = "Content-Type: application/x-www-form-urlencoded\r\n";
    private static final Map<String, String> TEXTS = Map.of(
            "temperature_invalid", "'temperature' must be a number between [0, 1]",
            "messages_missing", "Missing required 'messages' in body of request",
            "messages_not_array", "'messages' must be an array",
            "message_malformed", "each 'message' object must have a 'role' and 'content' property",
            "model_unknown", "'model' must be one of gpt-4o,gpt-4o-mini",
            "prompt_missing", "Missing required 'prompt' query parameter",
            "prompt_not_string", "'prompt' must be a string");

    private static Doors doors;

    @BeforeAll
    static void start() {
        doors = new Doors(Map.of("DAILY_LIMIT", "1000"));
    }

    @AfterAll
    static void stop() {
        doors.archived(0);
        doors.close();
    }

    /** A bad body for an endpoint, and the code it must get. */
    private record Bad(String path, String body, String code) {}

    private static void messages(List<Bad> cases, String path, String model) {
        for (String value : List.of("null", "false", "0", "\"\"")) {
            cases.add(new Bad(path, "{" + model + "\"messages\":" + value + "}", "messages_missing"));
        }
        cases.add(new Bad(path, "{" + model + "\"x\":1}", "messages_missing"));
        for (String value : List.of("{}", "\"Hello\"", "1", "true", "[]", "{\"role\":\"user\",\"content\":\"x\"}")) {
            cases.add(new Bad(path, "{" + model + "\"messages\":" + value + "}", "messages_not_array"));
        }
        for (String item : List.of(
                "null",
                "1",
                "[]",
                "{}",
                "{\"role\":\"user\"}",
                "{\"content\":\"x\"}",
                "{\"role\":\"\",\"content\":\"x\"}",
                "{\"role\":7,\"content\":\"x\"}",
                "{\"role\":\"user\",\"content\":\"\"}",
                "{\"role\":\"user\",\"content\":7}",
                "{\"role\":\"user\",\"content\":null}")) {
            String list = GOOD.substring(0, GOOD.length() - 1) + "," + item + "]";
            cases.add(new Bad(path, "{" + model + "\"messages\":" + list + "}", "message_malformed"));
        }
    }

    private static List<Bad> cases() {
        List<Bad> cases = new ArrayList<>();
        for (String path : Doors.POSTS) {
            messages(cases, path, path.equals(Doors.STREAM) ? "\"model\":\"gpt-4o\"," : "");
        }
        for (String path : List.of(Doors.V2, Doors.GPT_4O, Doors.STREAM)) {
            for (String value :
                    List.of("-1", "1.01", "\"0.5\"", "true", "false", "\"\"", "[]", "{}", "1e999", "-1e-9")) {
                // First of all, whatever else is wrong.
                cases.add(new Bad(path, "{\"temperature\":" + value + "}", "temperature_invalid"));
            }
        }
        for (String model :
                List.of("\"gpt-4\"", "\"gpt-4O\"", "[\"gpt-4o\"]", "null", "1", "\"" + "m".repeat(10_000) + "\"")) {
            String before = "{\"model\":" + model + ",\"messages\":";
            cases.add(new Bad(Doors.STREAM, before + GOOD + "}", "model_unknown"));
            cases.add(new Bad(Doors.STREAM, before + "[null]}", "model_unknown"));
            cases.add(new Bad(Doors.STREAM, before + "1}", "messages_not_array"));
        }
        cases.add(new Bad(Doors.STREAM, "{\"messages\":" + GOOD + "}", "model_unknown"));
        return cases;
    }

    @TestFactory
    Stream<DynamicTest> badBodies() {
        return Stream.of(Door.values())
                .flatMap(door -> Stream.concat(Doors.POSTS.stream(), Stream.of("/GPT-4o/"))
                        .map(path -> DynamicTest.dynamicTest(
                                path + " " + door,
                                () -> doors.untouched(
                                        door,
                                        () -> cases().stream()
                                                .filter(bad -> path.toLowerCase(Locale.ROOT)
                                                        .startsWith(bad.path))
                                                .map(bad -> refused(door, path, Doors.JSON, bad))
                                                .toList()))));
    }

    private static Answer refused(Door door, String path, String headers, Bad bad) {
        Answer answer = doors.call(door, doors.post(path, headers, bad.body));
        assertThat(answer.status()).as(bad.body).isEqualTo(400);
        assertThat(answer.header("x-error-code")).as(bad.body).contains(bad.code);
        assertThat(answer.text()).as(bad.body).isEqualTo(text(bad.path, bad.code));
        return answer;
    }

    /** Which texts have a {@code message} beside them differs by endpoint, as in the seed. */
    private static String text(String path, String code) {
        boolean bare = path.equals(Doors.STREAM)
                || !path.equals(Doors.ADVANCED) && !path.equals(Doors.SIMPLE) && !code.equals("messages_missing");
        return "{\"error\":\"" + TEXTS.get(code) + "\"" + (bare ? "}" : ",\"message\":null}");
    }

    @ParameterizedTest
    @EnumSource
    void badForms(Door door) {
        String good = "messages=" + encoded(GOOD);
        doors.untouched(
                door,
                () -> Stream.of(
                                new Bad(Doors.V2, "x=1", "messages_missing"),
                                new Bad(Doors.V2, "messages=", "messages_missing"),
                                new Bad(Doors.V2, "messages=Hello", "messages_not_array"),
                                new Bad(Doors.V2, "messages[0][role]=user", "messages_missing"),
                                new Bad(Doors.V2, "messages=%5Bnull%5D", "message_malformed"),
                                new Bad(Doors.V2, good + "&temperature=0.5", "temperature_invalid"),
                                new Bad(Doors.STREAM, good, "model_unknown"),
                                new Bad(Doors.STREAM, good + "&model=gpt-5", "model_unknown"))
                        .map(bad -> refused(door, bad.path, FORM, bad))
                        .toList());
        for (String body : List.of(good + "&" + good, "messages=%zz")) {
            assertThat(doors.refused(door, doors.post(Doors.V2, FORM, body)).header("x-error-code"))
                    .contains("bad_request");
        }
        assertThat(doors.refused(door, doors.post(Doors.V2, FORM, "x=" + "y".repeat(57 * 1024)))
                        .status())
                .isEqualTo(413);
    }

    /** 80-82: exactly one prompt, which says something. */
    @ParameterizedTest
    @EnumSource
    void badPrompts(Door door) {
        for (String query :
                List.of("", "?", "?prompt", "?prompt=", "?prompt%5B%5D=a", "?prompt%5Ba%5D=b", "?Prompt=a")) {
            refusedQuery(door, query, "prompt_missing");
        }
        for (String query : List.of("?prompt=a&prompt=b", "?prompt=&prompt=a", "?prompt=a&x=1&%70rompt=b")) {
            refusedQuery(door, query, "prompt_not_string");
        }
        for (String query :
                List.of("?prompt[]=a", "?prompt[a]=b", "?prompt=%zz", "?prompt=%ff", "?prompt=a%", "?%zz=1&prompt=a")) {
            Answer answer = doors.refused(door, get(query));
            assertThat(answer.status()).as(query).isEqualTo(400);
            assertThat(answer.header("x-error-code").orElse("bad_request")).isEqualTo("bad_request");
        }
    }

    private static void refusedQuery(Door door, String query, String code) {
        doors.refused(door, get(query), 400, code, text(Doors.SIMPLE, code));
    }

    private static byte[] get(String query) {
        return Doors.request("GET", Doors.SIMPLE + query, doors.bearer(), new byte[0]);
    }

    /** 79: a prompt in the query is taken up to the size of a request line. */
    @ParameterizedTest
    @EnumSource
    void longPrompts(Door door) {
        for (int size : new int[] {4_096, 8_192, 15_000}) {
            String prompt = "x".repeat(size);
            UUID user = doors.rig.user();
            String header = "Authorization: Bearer " + doors.rig.token(user) + "\r\n";
            Answer answer =
                    doors.call(door, Doors.request("GET", Doors.SIMPLE + "?prompt=" + prompt, header, new byte[0]));
            assertThat(answer.status()).isEqualTo(200);
            doors.rig.archived("select content from inputs where user_id = '" + user + "'", List.of(prompt));
        }
        for (int size : new int[] {16_384, 40_000}) {
            assertThat(doors.refused(door, get("?prompt=" + "x".repeat(size))).status())
                    .isEqualTo(414);
        }
    }

    /** 136-139: what we have no use for is ignored, and never reaches the model. */
    @ParameterizedTest
    @EnumSource
    void otherFieldsAreIgnored(Door door) {
        String header = "Authorization: Bearer " + doors.rig.token(doors.rig.user()) + "\r\n" + Doors.JSON;
        String body =
                "{\"stream\":\"yes\",\"n\":1000,\"max_tokens\":-1,\"tools\":[{\"type\":\"function\"}],\"user\":\"root\","
                        + "\"response_format\":7,\"user_id\":\"" + UUID.randomUUID()
                        + "\",\"quota\":9,\"temperature\":1e-400,"
                        + "\"messages\":[{\"role\":\"user\",\"content\":\"Hello\"}]}";
        Answer answer =
                doors.call(door, Doors.request("POST", Doors.GPT_4O, header, body.getBytes(StandardCharsets.UTF_8)));
        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.text()).isEqualTo("{\"message\":\"Echo: Hello\"}");
        assertThat(answer.header("x-ratelimit-remaining")).contains("999");
        Stream.of("\"n\"", "max_tokens", "tools", "response_format", "quota", "user_id", "yes")
                .forEach(field -> assertThat(doors.rig.lastAsked()).doesNotContain(field));
    }

    /** S3.25, S3.44, S3.45: what the seed broke on or refused and we take. */
    @ParameterizedTest
    @EnumSource
    void formsThatAreTaken(Door door) {
        String hello = "[{\"role\":\"user\",\"content\":\"Hello\"}]";
        String spelled = "\"" + hello.replace("\"", "\\\"") + "\"";
        String header = "Authorization: Bearer " + doors.rig.token(doors.rig.user()) + "\r\n";
        for (String path : List.of(Doors.ADVANCED, Doors.V2, Doors.GPT_4O)) {
            for (String body : List.of(
                    hello,
                    "{\"messages\":" + hello + ",\"temperature\":null}",
                    "{\"messages\":" + hello + ",\"temperature\":0}",
                    "{\"messages\":" + spelled + "}")) {
                assertThat(status(door, path, header + Doors.JSON, body))
                        .as(path + body)
                        .isEqualTo(200);
            }
            assertThat(status(door, path, header + FORM, "messages=" + encoded(hello)))
                    .isEqualTo(200);
        }
        String form = "model=gpt-4o&messages=" + encoded(hello);
        assertThat(status(door, Doors.STREAM, header + FORM, form)).isEqualTo(200);
    }

    private static int status(Door door, String path, String headers, String body) {
        return doors.call(door, Doors.request("POST", path, headers, body.getBytes(StandardCharsets.UTF_8)))
                .status();
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }
}
