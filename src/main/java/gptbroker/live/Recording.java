package gptbroker.live;

import java.nio.charset.StandardCharsets;
import java.util.Optional;

/**
 * A streamed answer that is kept for some minutes, frame by frame as it goes to the client, so that a client whose
 * connection broke gets the rest. One thread writes it; adding never waits.
 */
public final class Recording {
    /** What an entry of the record is: the first one, a frame, the end. */
    enum Kind {
        HEAD('H'),
        FRAME('F'),
        END('E');

        private final byte mark;

        Kind(char mark) {
            this.mark = (byte) mark;
        }

        /** What a stored entry is. */
        static Optional<Kind> of(byte[] entry) {
            for (Kind kind : values()) {
                if (entry.length > 0 && entry[0] == kind.mark) {
                    return Optional.of(kind);
                }
            }
            return Optional.empty();
        }
    }

    private final Outgoing out;
    private long frames;

    private Recording(Outgoing out) {
        this.out = out;
    }

    /**
     * Begins a record, which can be found from now on.
     *
     * @param owner as {@link Feed#eraseRecords} has it
     * @throws gptbroker.store.StoreUnavailable when Redis does not answer
     */
    static Recording begin(Feed feed, String owner, String topic, Head head) {
        return new Recording(
                feed.record(owner, topic, entry(Kind.HEAD, head.text().getBytes(StandardCharsets.UTF_8))));
    }

    /**
     * What a resumed answer has to know.
     *
     * @param contentType of the answer, one line
     * @param interrupted the last frame when the broker that wrote it died
     */
    public record Head(String contentType, String interrupted) {
        private static final String EVENTS = "text/event-stream";

        /** Whether frames are events, which carry their number and may have comments between them. */
        boolean isEvents() {
            return contentType.startsWith(EVENTS);
        }

        String text() {
            return contentType + "\n" + interrupted;
        }

        static Head of(String text) {
            int end = text.indexOf('\n');
            return new Head(text.substring(0, end), text.substring(end + 1));
        }
    }

    /** The number of the frame to come, counted from 1. */
    long next() {
        return frames + 1;
    }

    void frame(byte[] frame) {
        frames++;
        add(Kind.FRAME, frame);
    }

    void end() {
        add(Kind.END, new byte[0]);
    }

    private void add(Kind kind, byte[] body) {
        // When it is lost, as Redis is away, so are those after it; a resumed answer ends as interrupted then.
        out.add(entry(kind, body));
    }

    private static byte[] entry(Kind kind, byte[] body) {
        byte[] entry = new byte[body.length + 1];
        entry[0] = kind.mark;
        System.arraycopy(body, 0, entry, 1, body.length);
        return entry;
    }
}
