package gptbroker.probe.load;

import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import org.HdrHistogram.AtomicHistogram;
import org.HdrHistogram.Histogram;

/** What came of the calls. All times are nanoseconds in and microseconds kept. Thread-safe. */
final class Tally {
    private static final long MAX_MICROS = TimeUnit.HOURS.toMicros(1);
    private static final int DIGITS = 3;

    private final Histogram latency = histogram();
    private final Histogram firstPiece = histogram();
    private final Histogram gap = histogram();
    private final Histogram startLag = histogram();
    private final LongAdder pieces = new LongAdder();
    private final LongAdder bytes = new LongAdder();
    private final LongAdder unsent = new LongAdder();
    private final Map<String, LongAdder> errors = new ConcurrentHashMap<>();
    private final AtomicLong lastEnd = new AtomicLong();

    private static Histogram histogram() {
        return new AtomicHistogram(MAX_MICROS, DIGITS);
    }

    private static void record(Histogram histogram, long nanos) {
        histogram.recordValue(Math.clamp(TimeUnit.NANOSECONDS.toMicros(nanos), 0, MAX_MICROS));
    }

    /** A whole, good answer; both times from the intended start. */
    void success(long firstPieceNanos, long latencyNanos) {
        record(firstPiece, firstPieceNanos);
        record(latency, latencyNanos);
    }

    /** A call that failed: its status, or what became of the connection. */
    void failure(String kind) {
        errors.computeIfAbsent(kind, any -> new LongAdder()).increment();
    }

    /** A call that was planned and never made, because all workers were busy until the end. */
    void unsent() {
        unsent.increment();
    }

    /** A call started this late: no worker was free, or the generator itself was slow. */
    void started(long lagNanos) {
        record(startLag, lagNanos);
    }

    /** A piece of a body. */
    void piece(int length) {
        pieces.increment();
        bytes.add(length);
    }

    /** Between two pieces of one body. */
    void gap(long nanos) {
        record(gap, nanos);
    }

    /** A call ended, however, {@code nanos} after the start of the run. */
    void ended(long nanos) {
        lastEnd.accumulateAndGet(nanos, Math::max);
    }

    Histogram latency() {
        return latency;
    }

    Histogram firstPiece() {
        return firstPiece;
    }

    Histogram gaps() {
        return gap;
    }

    Histogram startLag() {
        return startLag;
    }

    long succeeded() {
        return latency.getTotalCount();
    }

    long failed() {
        return errors.values().stream().mapToLong(LongAdder::sum).sum();
    }

    long notSent() {
        return unsent.sum();
    }

    long pieces() {
        return pieces.sum();
    }

    long bytes() {
        return bytes.sum();
    }

    /** When the last call ended, in nanoseconds after the start of the run. */
    long lastEnd() {
        return lastEnd.get();
    }

    /** Failures by kind. */
    Map<String, Long> errors() {
        Map<String, Long> sorted = new TreeMap<>();
        errors.forEach((kind, count) -> sorted.put(kind, count.sum()));
        return sorted;
    }
}
