package gptbroker.upstream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import gptbroker.problem.Problem;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class SseTest {
    @ParameterizedTest
    @ValueSource(strings = {"\n", "\r", "\r\n"})
    void endsLinesAsTheFormatAllows(String end) {
        String stream = "data: 一" + end + end + "data:二" + end + ": comment" + end + end;
        assertThat(inOne(stream)).containsExactly("一", "二");
        assertThat(sliced(stream, 1)).containsExactly("一", "二");
    }

    @Test
    void joinsDataLinesAndIgnoresWhatIsNotData() {
        String stream = ": hello\nid: 7\nretry: 5\nevent: message\ndata: {\ndata:  1\ndata\n\n\n\nevent: x\n\n";
        assertThat(inOne(stream)).containsExactly("{\n 1\n");
    }

    @Test
    void skipsAByteOrderMarkAtTheBeginningOnly() {
        assertThat(sliced("\uFEFFdata: a\n\ndata: \uFEFFb\n\n", 1)).containsExactly("a", "\uFEFFb");
    }

    @Test
    void givesAnEventWithoutItsBlankLineWhenTheStreamEnds() {
        assertThat(inOne("data: a\n\ndata: [DONE]\n")).containsExactly("a", "[DONE]");
        assertThat(inOne("data: a\n\ndata: [DONE]")).containsExactly("a");
    }

    @ParameterizedTest
    @ValueSource(strings = {"<html>\n", "{\"error\":{}}\n", "no field at all\n", "data \n"})
    void refusesLinesThatAreNoFields(String stream) {
        assertThatThrownBy(() -> inOne(stream)).isInstanceOf(Problem.class).hasMessageStartingWith("malformed");
    }

    @ParameterizedTest
    @CsvSource({"100, 94, true", "100, 95, false"})
    void limitsALine(int longest, int text, boolean fits) {
        String stream = "data: " + "x".repeat(text) + "\n\n";
        for (int size : new int[] {1, 7, stream.length()}) {
            if (fits) {
                assertThat(read(stream, longest, size, null)).hasSize(1);
            } else {
                assertThatThrownBy(() -> read(stream, longest, size, null)).hasMessageStartingWith("too_large");
            }
        }
    }

    @Test
    void limitsAnEventOfManyLines() {
        String stream = "data: xxxxxxxxxxxxxxxxxx\n".repeat(10);
        assertThatThrownBy(() -> read(stream, 100, 13, null)).hasMessageStartingWith("too_large");
    }

    @Test
    void readsTheSameHoweverTheNetworkCutsIt() {
        long seed = System.nanoTime();
        System.out.println("SseTest seed " + seed);
        Random random = new Random(seed);
        for (int round = 0; round < 2000; round++) {
            List<String> expected = new ArrayList<>();
            String stream = randomStream(random, expected);
            assertThat(read(stream, 1 << 20, 0, random))
                    .as("seed %d round %d", seed, round)
                    .isEqualTo(expected);
        }
    }

    private static String randomStream(Random random, List<String> expected) {
        String[] ends = {"\n", "\r", "\r\n"};
        String[] texts = {"a", "é", "日本", "😀", "👩‍👩‍👧", " ", ":", "{\"x\":1}", "data:", "\u2028"};
        StringBuilder stream = new StringBuilder(random.nextInt(4) == 0 ? "\uFEFF" : "");
        for (int event = random.nextInt(6); event >= 0; event--) {
            List<String> lines = new ArrayList<>();
            for (int line = random.nextInt(3); line >= 0; line--) {
                StringBuilder text = new StringBuilder();
                for (int n = random.nextInt(5); n >= 0; n--) {
                    text.append(texts[random.nextInt(texts.length)]);
                }
                lines.add(text.toString());
                stream.append(random.nextInt(5) == 0 ? ": note" + ends[random.nextInt(3)] : "")
                        .append("data: ")
                        .append(text)
                        .append(ends[random.nextInt(3)]);
            }
            expected.add(String.join("\n", lines));
            // A lone CR before an LF would be read as one end: the blank line ends alike.
            stream.append("x: y\n").append(random.nextBoolean() ? "\n" : "\r\n");
        }
        return stream.toString();
    }

    private static List<String> inOne(String stream) {
        return read(stream, 1 << 20, 1 << 20, null);
    }

    private static List<String> sliced(String stream, int size) {
        return read(stream, 1 << 20, size, null);
    }

    private static List<String> read(String stream, int longest, int size, Random random) {
        List<String> events = new ArrayList<>();
        SseEvents assembler = new SseEvents(
                longest, (bytes, from, to) -> events.add(new String(bytes, from, to - from, StandardCharsets.UTF_8)));
        SseLines lines = new SseLines(longest, assembler);
        byte[] bytes = stream.getBytes(StandardCharsets.UTF_8);
        for (int at = 0; at < bytes.length; ) {
            int next = Math.min(bytes.length, at + (random == null ? size : 1 + random.nextInt(9)));
            lines.feed(bytes, at, next);
            at = next;
        }
        assembler.end();
        return events;
    }
}
