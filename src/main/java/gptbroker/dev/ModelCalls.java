package gptbroker.dev;

import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;

/** Counts what the scripted model was asked. Thread-safe. */
final class ModelCalls {
    private static final int MOST_NAMES = 1_000;

    private final LongAdder total = new LongAdder();
    private final LongAdder running = new LongAdder();
    private final LongAdder completed = new LongAdder();
    private final Map<String, LongAdder> byScript = new ConcurrentHashMap<>();

    /**
     * What was counted.
     *
     * @param total calls since the start or the last reset
     * @param running not yet ended, stalled ones included
     * @param completed ended as their script says; the rest lost its client
     * @param byScript calls by model name, or by the prompt's directive
     */
    record Counts(long total, long running, long completed, Map<String, Long> byScript) {}

    void begin(String script) {
        total.increment();
        running.increment();
        if (byScript.size() < MOST_NAMES || byScript.containsKey(script)) {
            byScript.computeIfAbsent(script, name -> new LongAdder()).increment();
        }
    }

    void complete() {
        completed.increment();
    }

    void end() {
        running.decrement();
    }

    Counts counts() {
        var names = new TreeMap<String, Long>();
        byScript.forEach((name, count) -> names.put(name, count.sum()));
        return new Counts(total.sum(), running.sum(), completed.sum(), names);
    }

    /** Back to zero, but for the running ones. */
    void reset() {
        total.reset();
        completed.reset();
        byScript.clear();
    }
}
