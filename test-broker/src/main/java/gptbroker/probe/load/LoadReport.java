package gptbroker.probe.load;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import org.HdrHistogram.Histogram;

/**
 * The result of a run, as a table or as one JSON object. Milliseconds throughout.
 *
 * @param what mode, target and endpoint
 * @param warmUp the part of the run that was not counted
 * @param cpu what this process has used, warm-up and start included: whether the generator itself was the limit
 */
record LoadReport(String what, Duration warmUp, Duration cpu, boolean streams, Tally tally) {
    private static final double NANOS = 1e9;
    private static final double MICROS_PER_MILLI = 1e3;
    private static final double[] PERCENTILES = {50, 90, 99, 99.9};
    private static final String ROW = "  %-16s %9s %9s %9s %9s %9s %9s%n";

    /** The counted part of the run: from the end of the warm-up to the end of the last call. */
    private double seconds() {
        return Math.max(1, tally.lastEnd() - warmUp.toNanos()) / NANOS;
    }

    private double perSecond(long count) {
        return Math.round(count / seconds() * 10) / 10.0;
    }

    /** Whether every planned call was made and answered well. */
    boolean clean() {
        return tally.succeeded() > 0 && tally.failed() == 0 && tally.notSent() == 0;
    }

    void print(PrintWriter out) {
        out.printf("%s%n%n", what);
        out.printf(
                "  %d ok (%s/s), %d failed, %d not sent in %.1f s; %.1f s of CPU in the generator%n%n",
                tally.succeeded(),
                perSecond(tally.succeeded()),
                tally.failed(),
                tally.notSent(),
                seconds(),
                cpu.toNanos() / NANOS);
        out.printf(ROW, "ms", "p50", "p90", "p99", "p99.9", "max", "mean");
        row(out, "latency", tally.latency());
        row(out, "late start", tally.startLag());
        if (streams) {
            row(out, "first chunk", tally.firstPiece());
            row(out, "between chunks", tally.gaps());
            out.printf("%n  %d chunks (%s/s)%n", tally.pieces(), perSecond(tally.pieces()));
        }
        tally.errors().forEach((kind, count) -> out.printf("%n  %d × %s", count, kind));
        out.println();
        out.flush();
    }

    private static void row(PrintWriter out, String name, Histogram histogram) {
        Object[] cells = new Object[PERCENTILES.length + 3];
        cells[0] = name;
        for (int i = 0; i < PERCENTILES.length; i++) {
            cells[i + 1] = "%.2f".formatted(millis(histogram.getValueAtPercentile(PERCENTILES[i])));
        }
        cells[PERCENTILES.length + 1] = "%.2f".formatted(millis(histogram.getMaxValue()));
        cells[PERCENTILES.length + 2] = "%.2f".formatted(millis(histogram.getMean()));
        out.printf(ROW, cells);
    }

    String json() {
        Map<String, Object> all = new LinkedHashMap<>();
        all.put("what", what);
        all.put("seconds", seconds());
        all.put("ok", tally.succeeded());
        all.put("failed", tally.failed());
        all.put("not_sent", tally.notSent());
        all.put("errors", tally.errors());
        all.put("ok_per_second", perSecond(tally.succeeded()));
        all.put("bytes", tally.bytes());
        all.put("latency_ms", percentiles(tally.latency()));
        all.put("late_start_ms", percentiles(tally.startLag()));
        if (streams) {
            all.put("first_chunk_ms", percentiles(tally.firstPiece()));
            all.put("chunk_gap_ms", percentiles(tally.gaps()));
            all.put("chunks", tally.pieces());
            all.put("chunks_per_second", perSecond(tally.pieces()));
        }
        all.put("generator_cpu_seconds", cpu.toNanos() / NANOS);
        try {
            return new ObjectMapper().writeValueAsString(all);
        } catch (JsonProcessingException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    private static Map<String, Object> percentiles(Histogram histogram) {
        Map<String, Object> values = new LinkedHashMap<>();
        values.put("count", histogram.getTotalCount());
        values.put("min", millis(histogram.getMinValue()));
        for (double percentile : PERCENTILES) {
            String name =
                    "p" + (percentile % 1 == 0 ? Integer.toString((int) percentile) : Double.toString(percentile));
            values.put(name, millis(histogram.getValueAtPercentile(percentile)));
        }
        values.put("max", millis(histogram.getMaxValue()));
        values.put("mean", millis(histogram.getMean()));
        return values;
    }

    private static double millis(double micros) {
        return micros / MICROS_PER_MILLI;
    }
}
