package gptbroker.upstream;

import java.util.Arrays;

/**
 * Cuts bytes into lines as the event stream format has them (WHATWG HTML §9.2): ended by CRLF, CR or LF, wherever the
 * network cuts the bytes. Lines stay bytes, so that a character is never decoded in halves; a line without its end is
 * no line.
 *
 * <p>For one thread.
 */
final class SseLines {
    private static final byte[] EMPTY = new byte[0];

    /** Takes a line, without its end; the bytes are valid during the call only. */
    interface Sink {
        void line(byte[] bytes, int from, int to);
    }

    private final int longest;
    private final Sink sink;
    private byte[] started = EMPTY;
    private int startedLength;
    private boolean afterReturn;
    private boolean first = true;

    /**
     * @param longest most bytes of a line; a longer one is a fault
     * @param sink takes the lines
     */
    SseLines(int longest, Sink sink) {
        this.longest = longest;
        this.sink = sink;
    }

    /** Takes the next bytes and hands on every line that they complete. */
    void feed(byte[] bytes, int from, int to) {
        int start = from;
        for (int i = from; i < to; i++) {
            byte b = bytes[i];
            if (b != '\n' && b != '\r') {
                afterReturn = false;
                continue;
            }
            if (b == '\n' && afterReturn) {
                afterReturn = false;
                start = i + 1;
                continue;
            }
            afterReturn = b == '\r';
            complete(bytes, start, i);
            start = i + 1;
        }
        keep(bytes, start, to);
    }

    private void complete(byte[] bytes, int from, int to) {
        if (startedLength == 0) {
            check(to - from);
            emit(bytes, from, to);
            return;
        }
        keep(bytes, from, to);
        int length = startedLength;
        startedLength = 0;
        emit(started, 0, length);
    }

    private void emit(byte[] bytes, int from, int to) {
        int skip = first && startsWithByteOrderMark(bytes, from, to) ? 3 : 0;
        first = false;
        sink.line(bytes, from + skip, to);
    }

    private void keep(byte[] bytes, int from, int to) {
        int more = to - from;
        if (more == 0) {
            return;
        }
        check(startedLength + more);
        if (started.length < startedLength + more) {
            started = Arrays.copyOf(started, Math.max(startedLength + more, Math.min(longest, 2 * started.length)));
        }
        System.arraycopy(bytes, from, started, startedLength, more);
        startedLength += more;
    }

    private void check(int length) {
        if (length > longest) {
            throw Fault.of(Fault.Kind.TOO_LARGE, "a line of the stream is longer than " + longest + " bytes")
                    .problem();
        }
    }

    private static boolean startsWithByteOrderMark(byte[] bytes, int from, int to) {
        return to - from >= 3
                && bytes[from] == (byte) 0xEF
                && bytes[from + 1] == (byte) 0xBB
                && bytes[from + 2] == (byte) 0xBF;
    }
}
