package gptbroker.openai;

import gptbroker.problem.Problem;
import gptbroker.problem.ProblemCode;
import gptbroker.turn.Turn;
import gptbroker.upstream.Usage;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;

/** Reads the events of a metered stream as they pass, and notes what they tell. For one thread. */
final class Meter {
    private static final byte[] DONE = "[DONE]".getBytes(StandardCharsets.US_ASCII);

    /** What is to become of an event. */
    enum Verdict {
        PASS,
        HIDE,
        /** It passes, and nothing follows. */
        LAST
    }

    private final Kind kind;
    private final boolean hidesUsage;
    private final int largest;
    private final Turn turn;
    private int length;
    private boolean fit = true;
    private Optional<Usage> usage = Optional.empty();
    private Optional<String> finishReason = Optional.empty();
    private Optional<String> id = Optional.empty();

    /** @param largest most characters of text */
    Meter(Kind kind, boolean hidesUsage, int largest, Turn turn) {
        this.kind = kind;
        this.hidesUsage = hidesUsage;
        this.largest = largest;
        this.turn = turn;
    }

    /**
     * Reads one event.
     *
     * @throws Problem {@code upstream_failed} when it tells an error or is none
     */
    Verdict read(byte[] event) {
        byte[] data = data(event);
        if (data.length == 0) {
            return Verdict.PASS; // a comment, or an event without data
        }
        if (isDone(data)) {
            return Verdict.LAST;
        }
        Reading said = Reading.of(kind, data, 0, data.length);
        note(said);
        return said.last() ? Verdict.LAST : said.usageOnly() && hidesUsage ? Verdict.HIDE : Verdict.PASS;
    }

    /** The end has come: what the provider told goes to the turn. */
    void tell(Optional<String> headersId) {
        turn.told(usage, finishReason, headersId.or(() -> id));
    }

    /** Whether what came until the end may be given again. */
    boolean fit() {
        return fit && finishReason.equals(Optional.of(Fitness.STOP));
    }

    /** Whether this is the data of a stream's last event. */
    static boolean isDone(byte[] data) {
        return Arrays.equals(data, DONE);
    }

    private void note(Reading said) {
        fit &= said.fit();
        usage = said.usage().or(() -> usage);
        finishReason = said.finishReason().or(() -> finishReason);
        id = said.id().or(() -> id);
        length += said.text().length();
        if (length > largest) {
            throw Problem.of(ProblemCode.UPSTREAM_FAILED, "the answer is too large");
        }
        if (!said.text().isEmpty()) {
            turn.answered(said.text());
        } else if (said.content()) {
            turn.passed();
        }
    }

    /** The data lines of an event, joined; empty when it has none. */
    static byte[] data(byte[] event) {
        ByteArrayOutputStream data = new ByteArrayOutputStream(event.length);
        int from = startsWithByteOrderMark(event) ? 3 : 0;
        for (int i = from; i <= event.length; i++) {
            if (i == event.length || event[i] == '\n' || event[i] == '\r') {
                line(event, from, i, data);
                from = i + 1;
            }
        }
        return data.toByteArray();
    }

    private static void line(byte[] event, int from, int to, ByteArrayOutputStream data) {
        if (to - from < 5 || !"data:".equals(new String(event, from, 5, StandardCharsets.ISO_8859_1))) {
            return;
        }
        int start = to > from + 5 && event[from + 5] == ' ' ? from + 6 : from + 5;
        if (data.size() > 0) {
            data.write('\n');
        }
        data.write(event, start, to - start);
    }

    private static boolean startsWithByteOrderMark(byte[] event) {
        return event.length >= 3 && event[0] == (byte) 0xEF && event[1] == (byte) 0xBB && event[2] == (byte) 0xBF;
    }
}
