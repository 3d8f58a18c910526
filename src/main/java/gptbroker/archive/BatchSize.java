package gptbroker.archive;

import java.util.List;

/**
 * How many entries to read at once. Redis counts entries, memory counts bytes, and one entry may have 8 MiB: so the
 * count follows the size of the entries seen last.
 */
final class BatchSize {
    private static final long TARGET_BYTES = 16L << 20;
    private static final int FIRST = 16;

    private final int max;
    private int next;

    BatchSize(int max) {
        this.max = max;
        this.next = Math.min(FIRST, max);
    }

    int next() {
        return next;
    }

    void learn(List<Delivery> batch) {
        long bytes = 1;
        for (Delivery delivery : batch) {
            bytes += delivery.raw().length;
        }
        long fitting = TARGET_BYTES * batch.size() / bytes;
        next = (int) Math.clamp(fitting, 1, Math.min(max, 4L * next));
    }
}
