package gptbroker.identity;

import static gptbroker.problem.ProblemCode.IDENTITY_UNAVAILABLE;

import gptbroker.ops.Meters;
import gptbroker.problem.Problem;
import io.helidon.metrics.api.Counter;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The project's public keys, kept fresh. jwks-rsa's own providers trust a revoked key for ever and let a flood of
 * unknown key ids lock everybody out (measured; jwks-rsa-java#239, #173), so only its parser is used.
 *
 * <p>One thread does every fetch. A set is refreshed at 80 % of its life while requests go on with it; a key that left
 * the set is gone at once. A failed fetch, or a set that cannot be trusted, leaves the old one in force until it is too
 * stale: then, and before the first set, callers get 503. Thread-safe.
 */
final class JwksKeys implements AutoCloseable {
    static final Duration COLD_GAP = Duration.ofSeconds(2);
    static final Duration UNKNOWN_KEY_GAP = Duration.ofSeconds(30);
    private static final Duration MAX_RETRY_GAP = Duration.ofSeconds(30);
    private static final Duration MIN_RETRY_GAP = Duration.ofSeconds(1);
    private static final Duration TICK = Duration.ofSeconds(1);
    private static final Duration WAIT = IssuerClient.TOTAL_TIMEOUT.plusSeconds(1);
    private static final Logger LOG = LoggerFactory.getLogger(JwksKeys.class);

    /** A set and when its fetch began, in nanoseconds. */
    private record Loaded(KeySet set, long at) {}

    /** Why a fetch is wanted; each has its own pace. */
    private enum Need {
        FIRST_SET,
        FRESH_SET,
        UNKNOWN_KEY
    }

    private final JwksSource source;
    private final Duration ttl;
    private final Duration maxStale;
    private final LongSupplier nanoTime;
    private final Counter fetched;
    private final Counter failed;
    private final ScheduledExecutorService thread = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().name("jwks").daemon().factory());

    private volatile @Nullable Loaded loaded;
    private volatile boolean failing;

    private final ReentrantLock lock = new ReentrantLock();
    // Guarded by the lock; times are when the last fetch of that sort began.
    private CompletableFuture<Void> inFlight = CompletableFuture.completedFuture(null);
    private long generation;
    private long lastFetch;
    private long lastUnknownKey;

    /**
     * Keys that are fetched when first asked for.
     *
     * @param ttl how long a set is used without being fetched again
     * @param maxStale how long a set is used while it cannot be fetched
     * @param nanoTime a monotonic clock: a jump of the wall clock must not age the keys
     */
    JwksKeys(JwksSource source, Duration ttl, Duration maxStale, LongSupplier nanoTime, Meters meters) {
        this.source = source;
        this.ttl = ttl;
        this.maxStale = maxStale;
        this.nanoTime = nanoTime;
        lastFetch = nanoTime.getAsLong() - MAX_RETRY_GAP.toNanos();
        lastUnknownKey = nanoTime.getAsLong() - UNKNOWN_KEY_GAP.toNanos();
        String name = "gpt_broker_jwks_fetches_total";
        fetched = meters.counter(name, "Fetches of the key set", "outcome", "ok");
        failed = meters.counter(name, "Fetches of the key set", "outcome", "failed");
        meters.gauge("gpt_broker_jwks_age_seconds", "Age of the key set; NaN without one", this::ageSeconds);
    }

    /** Starts to fetch now and to refresh in the background; does not wait. */
    void start() {
        thread.scheduleWithFixedDelay(this::tick, 0, TICK.toMillis(), TimeUnit.MILLISECONDS);
    }

    /**
     * The key of this id; an unknown id is worth one fetch per 30 s, which all who wait for it share.
     *
     * @return the key, or nothing when the project has no such key
     * @throws Problem 503 {@code identity_unavailable} when that cannot be known now
     */
    Optional<VerificationKey> find(String kid) {
        Loaded now = usable();
        if (now == null) {
            await(fetch(Need.FIRST_SET));
            return known().find(kid);
        }
        Optional<VerificationKey> key = now.set().find(kid);
        // Twice: a fetch that is under way for another reason may have begun before there was such a key.
        for (int tries = 0; key.isEmpty() && tries < 2; tries++) {
            await(fetch(Need.UNKNOWN_KEY));
            key = known().find(kid);
        }
        if (key.isEmpty() && failing) {
            // It may be a new key that an outage keeps from us: not the token's fault.
            throw unavailable();
        }
        return key;
    }

    /** Whether this very key is in the set in force; never waits. */
    boolean trusts(VerificationKey key) {
        Loaded now = usable();
        return now != null && now.set().keys().get(key.kid()) == key;
    }

    /** Whether there is a set in force. */
    boolean ready() {
        return usable() != null;
    }

    /** Forgets every key and fetches anew: for a key that has to go now. Until the fetch succeeds callers get 503. */
    void purge() {
        lock.lock();
        try {
            generation++;
            loaded = null;
            submit(nanoTime.getAsLong());
        } finally {
            lock.unlock();
        }
    }

    /** What the background does once a second: fetch when it is time. Returns the fetch under way, done if none. */
    CompletableFuture<Void> tick() {
        Loaded now = usable();
        if (now == null) {
            return fetch(Need.FIRST_SET);
        }
        boolean due = isPast(now.at(), ttl.multipliedBy(4).dividedBy(5));
        return due ? fetch(Need.FRESH_SET) : CompletableFuture.completedFuture(null);
    }

    @Override
    public void close() {
        thread.shutdownNow();
    }

    private @Nullable Loaded usable() {
        Loaded now = loaded;
        return now == null || isPast(now.at(), maxStale) ? null : now;
    }

    private KeySet known() {
        Loaded now = usable();
        if (now == null) {
            throw unavailable();
        }
        return now.set();
    }

    /** Joins the fetch under way, else starts one if its pace allows. */
    private CompletableFuture<Void> fetch(Need need) {
        lock.lock();
        try {
            long now = nanoTime.getAsLong();
            boolean allowed = switch (need) {
                case FIRST_SET -> isPast(lastFetch, COLD_GAP);
                case FRESH_SET -> isPast(lastFetch, retryGap());
                case UNKNOWN_KEY -> isPast(lastUnknownKey, UNKNOWN_KEY_GAP);
            };
            if (inFlight.isDone() && allowed) {
                if (need == Need.UNKNOWN_KEY) {
                    lastUnknownKey = now;
                }
                submit(now);
            }
            return inFlight;
        } finally {
            lock.unlock();
        }
    }

    private void submit(long now) {
        lastFetch = now;
        long asked = generation;
        inFlight = CompletableFuture.runAsync(() -> load(asked, now), thread);
    }

    private void load(long asked, long began) {
        try {
            install(source.fetch(), asked, began);
            fetched.increment();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (IOException | RuntimeException e) {
            failed.increment();
            if (!failing) {
                LOG.warn(
                        "The key set cannot be fetched, {}: {}",
                        loaded == null
                                ? "and there is none yet (SUPABASE_URL, SUPABASE_JWKS_URL)"
                                : "the last one stays in force",
                        e.toString());
            }
            failing = true;
        }
    }

    private void install(KeySet fresh, long asked, long began) {
        lock.lock();
        try {
            if (asked != generation) {
                return; // purged meanwhile: this answer may be older than the revocation
            }
            Loaded before = loaded;
            KeySet set = before == null ? fresh : fresh.reusing(before.set());
            if (failing
                    || before == null
                    || !set.keys().keySet().equals(before.set().keys().keySet())) {
                LOG.info("Key set in force: {} keys", set.keys().size());
            }
            failing = false;
            loaded = new Loaded(set, began);
        } finally {
            lock.unlock();
        }
    }

    private static void await(CompletableFuture<Void> fetch) {
        try {
            fetch.get(WAIT.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw unavailable();
        } catch (ExecutionException | TimeoutException e) {
            throw unavailable();
        }
    }

    private static Problem unavailable() {
        return Problem.of(IDENTITY_UNAVAILABLE, "no usable key set").retryAfter(COLD_GAP);
    }

    private boolean isPast(long since, Duration length) {
        return nanoTime.getAsLong() - since >= length.toNanos();
    }

    /** 30 s between failing refreshes; less for short lives, so that a revoked key still ends in time. */
    private Duration retryGap() {
        Duration gap = ttl.dividedBy(20);
        if (gap.compareTo(MIN_RETRY_GAP) < 0) {
            return MIN_RETRY_GAP;
        }
        return gap.compareTo(MAX_RETRY_GAP) > 0 ? MAX_RETRY_GAP : gap;
    }

    private double ageSeconds() {
        Loaded now = loaded;
        return now == null ? Double.NaN : (nanoTime.getAsLong() - now.at()) / (double) TimeUnit.SECONDS.toNanos(1);
    }
}
