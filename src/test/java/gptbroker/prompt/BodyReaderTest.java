package gptbroker.prompt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import gptbroker.problem.Problem;
import gptbroker.problem.ProblemCode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BodyReaderTest {
    /** Bare scalars are JSON, but no request body of ours. */
    private static final String SCALAR_ROOT = "y_structure_lonely_.*|y_structure_string_empty.*|y_string_space.*";

    @TestFactory
    Stream<DynamicTest> parsesAsJsonTestSuiteWants() throws IOException {
        Path vectors = Path.of("src/test/resources/jsontestsuite");
        return Files.list(vectors)
                .filter(file -> file.toString().endsWith(".json"))
                .sorted()
                .map(file -> DynamicTest.dynamicTest(file.getFileName().toString(), () -> check(file)));
    }

    private static void check(Path file) throws IOException {
        String name = file.getFileName().toString();
        byte[] bytes = Files.readAllBytes(file);
        // Our reader takes an empty body for an empty object, as the seed's body parser does.
        boolean empty = new String(bytes, StandardCharsets.ISO_8859_1).isBlank();
        if (name.startsWith("y_") && !name.matches(SCALAR_ROOT)) {
            assertThat(BodyReader.read(bytes)).isNotNull();
        } else if (name.startsWith("n_") && !empty) {
            assertRefused(bytes);
        } else {
            readsOrRefuses(bytes);
        }
    }

    private static void readsOrRefuses(byte[] bytes) {
        try {
            assertThat(BodyReader.read(bytes)).isNotNull();
        } catch (Problem refused) {
            assertThat(refused.code()).isEqualTo(ProblemCode.INVALID_JSON);
        }
    }

    private static void assertRefused(byte[] bytes) {
        assertThatThrownBy(() -> BodyReader.read(bytes))
                .isInstanceOfSatisfying(
                        Problem.class, problem -> assertThat(problem.code()).isEqualTo(ProblemCode.INVALID_JSON));
    }

    @Test
    void cutsMessagesOutUnchanged() {
        String messages = "[ {\"role\" : \"user\", \"content\":\"\\u0000 \\ud800 \uD83D\uDE00\"} ]";
        Body body = BodyReader.read(("{\"a\":{\"b\":[1,2]},\"messages\": " + messages + " ,\"model\":\"gpt-4o\"}")
                .getBytes(StandardCharsets.UTF_8));
        assertThat(body.messages().orElseThrow().json()).isEqualTo(messages);
        assertThat(body.messages().orElseThrow().wellFormed()).isTrue();
        assertThat(body.model().orElseThrow().text()).isEqualTo("gpt-4o");
    }

    @Test
    void takesAnArrayForTheMessages() {
        Body body = BodyReader.read(" [{\"role\":\"user\",\"content\":\"hi\"}] ");
        assertThat(body.messages().orElseThrow().json()).isEqualTo("[{\"role\":\"user\",\"content\":\"hi\"}]");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "[{\"role\":\"user\"}]",
                "[{\"content\":\"hi\"}]",
                "[{\"role\":\"\",\"content\":\"hi\"}]",
                "[{\"role\":1,\"content\":\"hi\"}]",
                "[{\"role\":\"user\",\"content\":\"\"}]",
                "[{\"role\":\"user\",\"content\":null}]",
                "[{\"role\":\"user\",\"content\":{}}]",
                "[{\"role\":\"user\",\"content\":[]}]",
                "[null]",
                "[1]",
                "[[]]",
                "[{\"role\":\"user\",\"content\":\"hi\"},{}]"
            })
    void seesMalformedItems(String messages) {
        assertThat(BodyReader.read(messages).messages().orElseThrow().wellFormed())
                .isFalse();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"messages\":[],\"messages\":[]}",
                "{\"model\":\"a\",\"model\":\"b\"}",
                "{\"messages\":[{\"role\":\"user\",\"role\":\"system\",\"content\":\"x\"}]}",
                "{} {}",
                "{}x",
                "{'a':1}",
                "{\"a\":1,}",
                "{/*c*/}",
                "{\"a\":NaN}",
                "\"text\"",
                "1",
                "null"
            })
    void refuses(String body) {
        assertRefused(body.getBytes(StandardCharsets.UTF_8));
    }

    @ParameterizedTest
    @ValueSource(ints = {65, 1_000, 100_000})
    void refusesDepth(int depth) {
        assertRefused(("{\"a\":" + "[".repeat(depth) + "]".repeat(depth) + "}").getBytes(StandardCharsets.UTF_8));
        assertRefused(("{\"a\":".repeat(depth) + "1" + "}".repeat(depth)).getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void refusesWhatIsNotUtf8() {
        assertRefused(new byte[] {'{', '"', (byte) 0xC0, (byte) 0xAF, '"', ':', '1', '}'});
        assertRefused(new byte[] {'{', '"', (byte) 0xED, (byte) 0xA0, (byte) 0x80, '"', ':', '1', '}'});
        assertRefused("{\"a\":1}".getBytes(StandardCharsets.UTF_16));
    }

    @Test
    void refusesEndlessNumbers() {
        assertRefused(("{\"n\":" + "9".repeat(400) + "}").getBytes(StandardCharsets.UTF_8));
    }
}
