package gptbroker.cache;

import gptbroker.ops.Meters;
import io.helidon.metrics.api.Counter;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;

/** Counts what came of looking. Thread-safe. */
final class CacheMeters {
    /** What a request met. */
    enum Outcome {
        HIT,
        MISS,
        BYPASS;

        private final String label = name().toLowerCase(Locale.ROOT);

        String label() {
            return label;
        }
    }

    private final Map<Outcome, Counter> counts = new EnumMap<>(Outcome.class);

    CacheMeters(Meters meters) {
        for (Outcome outcome : Outcome.values()) {
            counts.put(
                    outcome,
                    meters.counter(
                            "gpt_broker_cache_lookups_total",
                            "Requests that may be answered from the cache, by what they met",
                            "outcome",
                            outcome.label()));
        }
    }

    void count(Outcome outcome) {
        counts.get(outcome).increment();
    }

    CacheStats stats(Store.Size size) {
        return new CacheStats(
                size.entries(),
                size.bytes(),
                size.evictions(),
                sum(Outcome.HIT),
                sum(Outcome.MISS),
                sum(Outcome.BYPASS));
    }

    private long sum(Outcome outcome) {
        return counts.get(outcome).count();
    }
}
