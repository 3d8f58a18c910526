package gptbroker.upstream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import gptbroker.problem.Problem;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class ChunksTest {
    private static final String WIRE = "3\r\nabc\r\n00A;x=\"1\"\r\n0123456789\r\n1\r\n\n\r\n0\r\nTrailer: 1\r\n\r\n";
    private static final String CONTENT = "abc0123456789\n";

    @Test
    void readsTheSameWhereverTheNetworkCuts() {
        for (int first = 0; first <= WIRE.length(); first++) {
            for (int second = first; second <= WIRE.length(); second++) {
                var content = new StringBuilder();
                Chunks chunks = new Chunks();
                feed(chunks, WIRE.substring(0, first), content);
                feed(chunks, WIRE.substring(first, second), content);
                feed(chunks, WIRE.substring(second), content);
                assertThat(content).as("%d, %d", first, second).hasToString(CONTENT);
                assertThat(chunks.isOver()).isTrue();
            }
        }
    }

    @Test
    void isNotOverBeforeItsLastByte() {
        for (int cut = 0; cut < WIRE.length(); cut++) {
            Chunks chunks = new Chunks();
            feed(chunks, WIRE.substring(0, cut), new StringBuilder());
            assertThat(chunks.isOver()).as("%d", cut).isFalse();
        }
    }

    @Test
    void tellsWhereItEnds() {
        var content = new StringBuilder();
        assertThat(feed(new Chunks(), WIRE + "HTTP/1.1 200 OK", content)).isEqualTo(WIRE.length());
        assertThat(content).hasToString(CONTENT);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "\r\n",
                ";x\r\n",
                "zz\r\n",
                "-1\r\n",
                " 3\r\nabc\r\n",
                "3\nabc\r\n",
                "3\rabc",
                "3\r\nabcd\r\n",
                "80000000\r\n",
                "ffffffffffffffffffff\r\n",
                "3\r\nabc\n"
            })
    void refusesWhatIsNoChunk(String wire) {
        assertThatThrownBy(() -> feed(new Chunks(), wire, new StringBuilder()))
                .isInstanceOf(Problem.class)
                .hasMessageStartingWith("malformed");
    }

    @Test
    void boundsWhatItPassesOver() {
        String extension = "3;" + "x".repeat(300);
        assertThatThrownBy(() -> feed(new Chunks(), extension, new StringBuilder()))
                .isInstanceOf(Problem.class);
        String zeros = "0".repeat(300);
        assertThatThrownBy(() -> feed(new Chunks(), zeros, new StringBuilder())).isInstanceOf(Problem.class);
        String trailers = "0\r\n" + "a: b\r\n".repeat(3000);
        assertThatThrownBy(() -> feed(new Chunks(), trailers, new StringBuilder()))
                .isInstanceOf(Problem.class);
    }

    private static int feed(Chunks chunks, String wire, StringBuilder content) {
        byte[] bytes = wire.getBytes(StandardCharsets.ISO_8859_1);
        return chunks.take(
                bytes,
                0,
                bytes.length,
                (part, from, to) -> content.append(new String(part, from, to - from, StandardCharsets.ISO_8859_1)));
    }
}
