package gptbroker.upstream;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Puts lines together to events and hands on their data, as bytes. Comments, ids and retry hints are ignored; a line
 * that cannot be a field (HTML, bare JSON) is a fault, since it is no event stream that we read.
 *
 * <p>For one thread.
 */
final class SseEvents implements SseLines.Sink {
    private static final byte[] DATA = "data".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] EVENT_ERROR = "event:error".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] EVENT_ERROR_SPACED = "event: error".getBytes(StandardCharsets.US_ASCII);

    /** Takes the data of one event; the bytes are valid during the call only. */
    interface Sink {
        void data(byte[] bytes, int from, int to);
    }

    private final Sink sink;
    private final int largest;
    private byte[] data = new byte[1024];
    private int length;
    private boolean any;

    /**
     * @param largest most bytes of one event's data
     * @param sink takes the data
     */
    SseEvents(int largest, Sink sink) {
        this.largest = largest;
        this.sink = sink;
    }

    @Override
    public void line(byte[] bytes, int from, int to) {
        if (from == to) {
            dispatch();
            return;
        }
        int colon = nameEnd(bytes, from, to);
        if (colon == from) {
            return; // a comment
        }
        if (is(DATA, bytes, from, colon)) {
            int start = colon < to ? colon + 1 : to;
            append(bytes, start < to && bytes[start] == ' ' ? start + 1 : start, to);
        } else if (is(EVENT_ERROR, bytes, from, to) || is(EVENT_ERROR_SPACED, bytes, from, to)) {
            throw Fault.of(Fault.Kind.SERVER, "an error event in the stream").problem();
        }
    }

    /** The stream is over: an event whose lines are all there counts, though its closing blank line is missing. */
    void end() {
        dispatch();
    }

    private void dispatch() {
        if (any) {
            any = false;
            int end = length;
            length = 0;
            sink.data(data, 0, end);
        }
    }

    private void append(byte[] bytes, int from, int to) {
        int gap = any ? 1 : 0;
        int needed = length + gap + to - from;
        if (needed > largest) {
            throw Fault.of(Fault.Kind.TOO_LARGE, "an event is larger than " + largest + " bytes")
                    .problem();
        }
        if (needed > data.length) {
            data = Arrays.copyOf(data, Math.max(needed, Math.min(largest, 2 * data.length)));
        }
        if (any) {
            data[length++] = '\n';
        }
        System.arraycopy(bytes, from, data, length, to - from);
        length += to - from;
        any = true;
    }

    /** Where the field's name ends: its colon, or the line's end. Names are letters; anything else is no field. */
    private static int nameEnd(byte[] bytes, int from, int to) {
        for (int i = from; i < to; i++) {
            byte b = bytes[i];
            if (b == ':') {
                return i;
            }
            if (!(b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z' || b == '-' || b == '_')) {
                throw Fault.of(Fault.Kind.MALFORMED, "not an event stream").problem();
            }
        }
        return to;
    }

    private static boolean is(byte[] expected, byte[] bytes, int from, int to) {
        return Arrays.equals(expected, 0, expected.length, bytes, from, to);
    }
}
