package gptbroker.probe.load;

import java.nio.charset.StandardCharsets;

/** Measures one call after the other of one worker. Not thread-safe. */
final class Measure implements BodySink {
    /** Holds the last line or event of a stream as far as it says how the stream ended. */
    private static final int TAIL = 64;

    private final Clock clock;
    private final StreamForm form;
    private final byte[] tail = new byte[TAIL];
    private int tailLength;
    private Tally tally = new Tally();
    private long intended;
    private long first;
    private long last;
    private boolean any;

    /** How the body tells that it is whole. */
    enum StreamForm {
        /** Not a stream: whole when the framing says so. */
        NONE,
        /** A line {@code {"error":…}} at the end means that it failed. */
        LINES,
        /** {@code [DONE]} at the end means that it did not. */
        EVENTS
    }

    Measure(Clock clock, StreamForm form) {
        this.clock = clock;
        this.form = form;
    }

    /** A call begins that was meant to begin at {@code intendedNanos} of the clock. */
    void begin(Tally into, long intendedNanos) {
        tally = into;
        intended = intendedNanos;
        any = false;
        tailLength = 0;
    }

    @Override
    public void piece(byte[] buffer, int offset, int length) {
        long now = clock.nanos();
        if (any) {
            tally.gap(now - last);
        } else {
            first = now;
            any = true;
        }
        last = now;
        tally.piece(length);
        if (form != StreamForm.NONE) {
            keepTail(buffer, offset, length);
        }
    }

    private void keepTail(byte[] buffer, int offset, int length) {
        int fromPiece = Math.min(length, TAIL);
        int kept = Math.min(tailLength, TAIL - fromPiece);
        System.arraycopy(tail, tailLength - kept, tail, 0, kept);
        System.arraycopy(buffer, offset + length - fromPiece, tail, kept, fromPiece);
        tailLength = kept + fromPiece;
    }

    /** The call was answered with {@code status}, its body is over. */
    void end(int status) {
        long now = clock.nanos();
        if (status < 200 || status > 299) {
            tally.failure(Integer.toString(status));
        } else if (!whole()) {
            tally.failure("incomplete");
        } else {
            tally.success((any ? first : now) - intended, now - intended);
        }
    }

    private boolean whole() {
        String end = new String(tail, 0, tailLength, StandardCharsets.ISO_8859_1).stripTrailing();
        return switch (form) {
            case NONE -> true;
            case LINES -> any && !end.substring(end.lastIndexOf('\n') + 1).startsWith("{\"error\"");
            case EVENTS -> end.endsWith("[DONE]");
        };
    }
}
