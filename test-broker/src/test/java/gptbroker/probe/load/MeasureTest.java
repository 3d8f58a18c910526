package gptbroker.probe.load;

import static org.assertj.core.api.Assertions.assertThat;

import gptbroker.probe.load.Measure.StreamForm;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

/** When a stream counts as whole, however it is cut into pieces. */
final class MeasureTest {
    private static Tally after(StreamForm form, int size, String body) {
        Tally tally = new Tally();
        Measure measure = new Measure(Clock.system(), form);
        measure.begin(tally, 0);
        byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
        for (int from = 0; from < bytes.length; from += size) {
            measure.piece(bytes, from, Math.min(size, bytes.length - from));
        }
        measure.end(200);
        return tally;
    }

    @Test
    void eventsEndWithDone() {
        String events = "data: {\"data\":\"" + "x".repeat(200) + "\"}\n\n";
        for (int size = 1; size < 40; size++) {
            assertThat(after(StreamForm.EVENTS, size, events + "data: [DONE]\n\n")
                            .succeeded())
                    .isEqualTo(1);
            assertThat(after(StreamForm.EVENTS, size, events).errors()).containsKey("incomplete");
        }
    }

    @Test
    void linesEndWithoutAnError() {
        String lines = "{\"data\":\"" + "x".repeat(200) + "\"}\n";
        for (int size = 1; size < 40; size++) {
            assertThat(after(StreamForm.LINES, size, lines).succeeded()).isEqualTo(1);
            assertThat(after(StreamForm.LINES, size, lines + "{\"error\":\"Error while streaming\"}\n")
                            .errors())
                    .containsKey("incomplete");
        }
        assertThat(after(StreamForm.LINES, 1, "").errors()).containsKey("incomplete");
    }

    @Test
    void countsPiecesAndGaps() {
        Tally tally = after(StreamForm.NONE, 2, "abcdef");
        assertThat(tally.pieces()).isEqualTo(3);
        assertThat(tally.bytes()).isEqualTo(6);
        assertThat(tally.gaps().getTotalCount()).isEqualTo(2);
    }
}
