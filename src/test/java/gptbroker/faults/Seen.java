package gptbroker.faults;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/** What one client has seen; filled by its thread, read when that is done. Times are {@link System#nanoTime()}. */
final class Seen {
    /** How it ended for the client. */
    enum End {
        /** Nothing came, or less than a head. */
        NONE,
        /** The whole answer, with its end. */
        COMPLETE,
        /** The answer says itself that it is broken off. */
        TOLD,
        /** The connection ended early. */
        CUT,
        /** The client left. */
        LEFT,
        /** Neither answer nor end of the connection within the client's patience. */
        HUNG
    }

    /** How much text had come by when. */
    record Arrival(long nanos, int length) {}

    final Plan plan;
    final long begun = System.nanoTime();
    final StringBuilder text = new StringBuilder();
    final List<Arrival> arrivals = new ArrayList<>();
    long ended;
    int status;
    Optional<UUID> id = Optional.empty();
    Optional<String> code = Optional.empty();
    End end = End.NONE;
    long bytes;
    String raw = "";
    private volatile int length;
    private volatile boolean over;

    Seen(Plan plan) {
        this.plan = plan;
    }

    /** Whether any byte of a good answer came. */
    boolean hasContent() {
        return status == 200 && bytes > 0 && !(end == End.TOLD && text.isEmpty());
    }

    /** The answer's text as far as it came. */
    String text() {
        return text.toString();
    }

    /** Notes that more text has come. */
    void arrived() {
        arrivals.add(new Arrival(System.nanoTime(), text.length()));
        length = text.length();
    }

    /** Nothing more will come. */
    void over() {
        ended = System.nanoTime();
        over = true;
    }

    /** Whether nothing more will come, for other threads. */
    boolean isOver() {
        return over;
    }

    /** How much text has come so far, for other threads. */
    int length() {
        return length;
    }

    /** How much text had come by then. */
    int lengthAt(long nanos) {
        int length = 0;
        for (Arrival arrival : arrivals) {
            if (arrival.nanos() - nanos <= 0) {
                length = arrival.length();
            }
        }
        return length;
    }

    @Override
    public String toString() {
        return "%s %s %s of %s: status %d%s, %s, %d bytes"
                .formatted(
                        plan.form(),
                        plan.script(),
                        id.map(UUID::toString).orElse("without id"),
                        plan.nonce(),
                        status,
                        code.map(word -> " " + word).orElse(""),
                        end,
                        bytes);
    }
}
