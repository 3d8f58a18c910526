package gptbroker.live;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Where a frame stands in its topic, as Redis numbers the entries of a stream. Later frames have greater ids; only
 * those of a record (see {@link Feed#record}) follow each other without a gap.
 *
 * @param time milliseconds of Redis' clock; 0 in a record
 * @param number rises within that time
 */
public record FrameId(long time, long number) implements Comparable<FrameId> {
    /** Before every frame. */
    public static final FrameId START = new FrameId(0, 0);

    private static final Pattern FORM = Pattern.compile("(\\d{1,18})-(\\d{1,18})");

    /** The n-th frame of a record, counted from 1. */
    static FrameId ofRecord(long number) {
        return new FrameId(0, number);
    }

    /** Reads what {@link #toString} wrote, also when it comes back from a client. */
    public static Optional<FrameId> parse(String text) {
        Matcher parts = FORM.matcher(text);
        return parts.matches()
                ? Optional.of(new FrameId(Long.parseLong(parts.group(1)), Long.parseLong(parts.group(2))))
                : Optional.empty();
    }

    @Override
    public int compareTo(FrameId other) {
        return time != other.time ? Long.compare(time, other.time) : Long.compare(number, other.number);
    }

    boolean isAfter(FrameId other) {
        return compareTo(other) > 0;
    }

    @Override
    public String toString() {
        return time + "-" + number;
    }
}
