package gptbroker.http;

import gptbroker.ops.Meters;
import io.helidon.metrics.api.Counter;
import io.helidon.metrics.api.Timer;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** Counts each request of the public listener once, those included that never reach a route. */
final class RequestMetrics {
    private static final String NO_ROUTE = "none";

    private record Seed(String method, int status) {}

    private record Series(String route, String statusClass) {}

    private record Counters(Counter all, Counter verdict) {}

    private final Meters meters;
    private final AtomicInteger inFlight = new AtomicInteger();
    private final Map<Seed, Counters> seeds = new ConcurrentHashMap<>();
    private final Map<Series, Timer> durations = new ConcurrentHashMap<>();
    private final Map<String, Timer> overheads = new ConcurrentHashMap<>();
    private final Map<String, Timer> firstTokens = new ConcurrentHashMap<>();
    private final Map<String, Counter> aborts = new ConcurrentHashMap<>();

    RequestMetrics(Meters meters) {
        this.meters = meters;
        meters.gauge("gpt_broker_in_flight_requests", "Requests being served", inFlight::get);
        for (String side : new String[] {"client", "upstream", "broker"}) {
            aborts.put(
                    side,
                    meters.counter(
                            "gpt_broker_aborts_total", "Answers broken off, by the side that did it", "side", side));
        }
    }

    void begun() {
        inFlight.incrementAndGet();
    }

    /** A request has ended; {@code status} is what the client was told, or would have been told. */
    void ended(Exchange x, int status, long nanos) {
        try {
            measure(x, status, nanos);
        } finally {
            inFlight.decrementAndGet();
        }
    }

    private void measure(Exchange x, int status, long nanos) {
        Route route = x.routeOrNull();
        String path = route == null ? NO_ROUTE : route.path();
        if (!path.equals("/metrics")) {
            count(x.method(), status);
        }
        durations
                .computeIfAbsent(new Series(path, status / 100 + "xx"), this::duration)
                .record(nanos, TimeUnit.NANOSECONDS);
        Trace trace = x.trace();
        if (trace.upstreamNanos != Trace.UNKNOWN) {
            long own = Math.max(0, nanos - trace.upstreamNanos);
            overheads.computeIfAbsent(path, this::overhead).record(own, TimeUnit.NANOSECONDS);
        }
        if (trace.firstTokenMillis != Trace.UNKNOWN) {
            firstTokens
                    .computeIfAbsent(trace.model == null ? "other" : trace.model, this::firstToken)
                    .record(Duration.ofMillis(trace.firstTokenMillis));
        }
    }

    /** Counts under the seed's three names (S3.32). */
    void count(String method, int status) {
        String label = Router.METHODS.contains(method) ? method : "other";
        Counters counters = seeds.computeIfAbsent(new Seed(label, status), this::counters);
        counters.all.increment();
        counters.verdict.increment();
    }

    /** An answer was broken off by {@code client}, {@code upstream} or {@code broker}. */
    void aborted(String side) {
        aborts.get(side).increment();
    }

    private Counters counters(Seed seed) {
        String[] labels = {"method", seed.method, "status_code", Integer.toString(seed.status)};
        Counter all = meters.counter("gpt_broker_requests_total", "Number of requests made to gpt-broker", labels);
        Counter verdict = seed.status / 100 <= 2 // 101: a WebSocket
                ? meters.counter(
                        "gpt_broker_valid_requests",
                        "The number of requests that passed security and queried GPT",
                        labels)
                : meters.counter(
                        "gpt_broker_failed_requests", "The number of requests that failed security checks", labels);
        return new Counters(all, verdict);
    }

    private Timer duration(Series series) {
        return meters.timer(
                "gpt_broker_request_duration_seconds",
                "From the request's head to the end of the answer",
                "route",
                series.route,
                "status",
                series.statusClass);
    }

    private Timer overhead(String route) {
        return meters.quickTimer(
                "gpt_broker_overhead_seconds", "Duration without the wait for the model", "route", route);
    }

    private Timer firstToken(String model) {
        return meters.timer(
                "gpt_broker_first_token_seconds", "From the request's head to the first content", "model", model);
    }
}
