package gptbroker.ops;

import java.time.Duration;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BooleanSupplier;

/**
 * Whether this broker can serve. Not ready is not dead: a load balancer stops sending, nobody restarts. The model is
 * no part of it, since another replica would not find it better.
 *
 * <p>Thread-safe.
 */
public final class Health {
    private static final Duration LIMIT = Duration.ofSeconds(1);

    private final Map<String, BooleanSupplier> checks;
    private final Set<String> deciding;
    private final InstantSource clock;
    private volatile boolean draining;

    /** Readiness by these checks alone. */
    public Health(Map<String, BooleanSupplier> checks, InstantSource clock) {
        this(checks, Map.of(), clock);
    }

    /**
     * Readiness by some checks, and others that are shown beside them.
     *
     * @param deciding name to test; each gets a second, an exception is a no
     * @param shown the same; a no is shown, and the broker is ready all the same
     */
    public Health(Map<String, BooleanSupplier> deciding, Map<String, BooleanSupplier> shown, InstantSource clock) {
        this.checks = new LinkedHashMap<>(deciding);
        this.checks.putAll(shown);
        this.deciding = Set.copyOf(deciding.keySet());
        this.clock = clock;
    }

    /** From now on not ready: the broker is stopping. */
    public void drain() {
        draining = true;
    }

    /** Whether {@link #drain} was called. */
    public boolean draining() {
        return draining;
    }

    /**
     * What the checks say.
     *
     * @param ready every deciding check passed and the broker is not stopping
     * @param checks name to result
     */
    public record Readiness(boolean ready, Map<String, Boolean> checks) {
        /** {@code {"status":"ready","checks":{"redis":true}}}. */
        public String json() {
            StringBuilder json = new StringBuilder("{\"status\":\"")
                    .append(ready ? "ready" : "unavailable")
                    .append("\",\"checks\":{");
            String separator = "";
            for (Map.Entry<String, Boolean> check : checks.entrySet()) {
                json.append(separator)
                        .append('"')
                        .append(check.getKey())
                        .append("\":")
                        .append(check.getValue());
                separator = ",";
            }
            return json.append("}}").toString();
        }
    }

    /** Runs all checks at once; takes a second at most. */
    public Readiness readiness() throws InterruptedException {
        Map<String, FutureTask<Boolean>> running = new LinkedHashMap<>();
        checks.forEach((name, check) -> {
            FutureTask<Boolean> task = new FutureTask<>(check::getAsBoolean);
            Thread.ofVirtual().name("readiness-" + name).start(task);
            running.put(name, task);
        });
        long end = System.nanoTime() + LIMIT.toNanos();
        Map<String, Boolean> results = new LinkedHashMap<>();
        for (Map.Entry<String, FutureTask<Boolean>> check : running.entrySet()) {
            results.put(check.getKey(), passed(check.getValue(), end - System.nanoTime()));
        }
        boolean ready = !draining && deciding.stream().allMatch(results::get);
        results.put("accepting", !draining);
        return new Readiness(ready, results);
    }

    /** The seed's JSON of {@code /health} (S2.19): the time is Unix seconds, as a string. */
    public String json() {
        return "{\"status\":\"healthy\",\"service\":\"openai-proxy\",\"timestamp\":\""
                + clock.instant().getEpochSecond() + "\"}";
    }

    private static boolean passed(FutureTask<Boolean> check, long nanos) throws InterruptedException {
        try {
            return check.get(nanos, TimeUnit.NANOSECONDS);
        } catch (ExecutionException | TimeoutException e) {
            check.cancel(true);
            return false;
        }
    }
}
