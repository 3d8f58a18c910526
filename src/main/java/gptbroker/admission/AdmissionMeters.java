package gptbroker.admission;

import gptbroker.admission.Settlement.Outcome;
import gptbroker.ops.Meters;
import io.helidon.metrics.api.Counter;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;

/** What admission counts. */
final class AdmissionMeters {
    private static final List<String> REASONS = List.of(
            "admitted",
            "quota_exceeded",
            "token_quota_exceeded",
            "cost_quota_exceeded",
            "rate_exceeded",
            "concurrency_exceeded",
            "access_denied",
            "quota_unavailable",
            "archive_full");

    private final Map<String, Counter> decisions = new HashMap<>();
    private final Map<Outcome, Counter> outcomes = new EnumMap<>(Outcome.class);
    private final Counter settled;
    private final Counter refunded;
    private final Counter reaped;
    private final Counter spillFailures;
    private volatile boolean degraded;

    /** @param lost whether counters are lost and not rebuilt yet */
    AdmissionMeters(Meters meters, Spill spill, BooleanSupplier lost) {
        for (String reason : REASONS) {
            decisions.put(
                    reason,
                    meters.counter("gpt_broker_quota_decisions_total", "Admission decisions", "reason", reason));
        }
        settled = reservations(meters, "settled");
        refunded = reservations(meters, "refunded");
        reaped = reservations(meters, "reaped");
        outcomes.put(Outcome.CORRECTED, reservations(meters, "corrected"));
        outcomes.put(Outcome.CHARGED, reservations(meters, "recharged"));
        outcomes.put(Outcome.CANCELLED, reservations(meters, "cancelled"));
        spillFailures = meters.counter(
                "gpt_broker_spill_failures_total", "Settlements that neither Redis nor the local disk took");
        meters.gauge("gpt_broker_spill_entries", "Settlements waiting on the local disk for Redis", spill::depth);
        meters.gauge("gpt_broker_spill_oldest_seconds", "Age of the oldest of them", spill::oldestSeconds);
        meters.gauge(Meters.DEGRADED, Meters.DEGRADED_HELP, () -> degraded ? 1 : 0, "what", "redis");
        meters.gauge(Meters.DEGRADED, Meters.DEGRADED_HELP, () -> lost.getAsBoolean() ? 1 : 0, "what", "counters");
    }

    /** {@code reason} is {@code admitted} or a problem's stable code. */
    void decided(String reason) {
        Counter counter = decisions.get(reason);
        if (counter != null) {
            counter.increment();
        }
    }

    void settled(Outcome outcome, int units) {
        Counter counter = outcome == Outcome.SETTLED ? (units == 0 ? refunded : settled) : outcomes.get(outcome);
        if (counter != null) {
            counter.increment();
        }
    }

    void reaped() {
        reaped.increment();
    }

    void spillFailed() {
        spillFailures.increment();
    }

    void degraded(boolean now) {
        if (degraded != now) {
            degraded = now;
        }
    }

    private static Counter reservations(Meters meters, String outcome) {
        return meters.counter("gpt_broker_reservations_total", "How reservations ended", "outcome", outcome);
    }
}
