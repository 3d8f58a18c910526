package gptbroker.openai;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import gptbroker.problem.Problem;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EventSplitterTest {
    private static List<String> split(byte[]... pieces) {
        var splitter = new EventSplitter();
        List<String> events = new ArrayList<>();
        for (byte[] piece : pieces) {
            splitter.feed(piece).forEach(event -> events.add(new String(event, StandardCharsets.UTF_8)));
        }
        byte[] rest = splitter.rest();
        if (rest.length > 0) {
            events.add(new String(rest, StandardCharsets.UTF_8));
        }
        return events;
    }

    @ParameterizedTest
    @ValueSource(strings = {"\n", "\r\n", "\r"})
    void cutsBehindBlankLinesWhereverTheNetworkCuts(String end) {
        String first = "event: a" + end + "data: \u6f22\u5b57\ud83d\ude00" + end + end;
        String second = ": ping" + end + end;
        String third = "data: [DONE]" + end + end;
        byte[] whole = (first + second + third).getBytes(StandardCharsets.UTF_8);
        for (int at = 0; at <= whole.length; at++) {
            assertThat(split(Arrays.copyOf(whole, at), Arrays.copyOfRange(whole, at, whole.length)))
                    .as("cut at " + at)
                    .containsExactly(first, second, third);
        }
    }

    @Test
    void keepsWhatHasNoBlankLine() {
        assertThat(split("data: 1\n\ndata: 2\n".getBytes(StandardCharsets.UTF_8)))
                .containsExactly("data: 1\n\n", "data: 2\n");
    }

    @Test
    void refusesAnEventWithoutEnd() {
        assertThatThrownBy(() -> split(new byte[1024 * 1024 + 1])).isInstanceOf(Problem.class);
    }
}
