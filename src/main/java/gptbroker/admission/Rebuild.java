package gptbroker.admission;

import static gptbroker.admission.Ledger.bytes;
import static java.nio.charset.StandardCharsets.UTF_8;

import gptbroker.admission.ArchiveView.Charged;
import gptbroker.admission.ArchiveView.Sum;
import gptbroker.config.BrokerConfig.Limits;
import gptbroker.store.RedisKeys;
import gptbroker.store.RedisPipe;
import gptbroker.store.RedisReply;
import gptbroker.store.RedisScript;
import gptbroker.store.StoreUnavailable;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings lost counters (FLUSHALL, an empty Redis) back from the archive. Until it has worked nobody is admitted. One
 * broker does it, the others wait; the scripts refuse figures that have gone out of date. Thread-safe.
 */
final class Rebuild {
    private static final Logger LOG = LoggerFactory.getLogger(Rebuild.class);
    private static final RedisScript BEGIN = RedisScript.resource(Rebuild.class, "rebuild_begin");
    private static final RedisScript WRITE = RedisScript.resource(Rebuild.class, "rebuild_write");
    private static final Duration WITHIN = Duration.ofSeconds(2);
    private static final String LOCK_MILLIS = "10000";
    private static final int PART = 500;
    private static final long PAUSE_NANOS = Duration.ofMillis(500).toNanos();

    private final RedisPipe pipe;
    private final RedisKeys keys;
    private final Limits limits;
    private final ArchiveView archive;
    private final String token;
    private final String leaseMillis;
    private final Run[] runs;
    /** The partitions whose counters were found lost, and have not been seen whole since. */
    private final Set<Integer> lost = ConcurrentHashMap.newKeySet();

    /** The latest attempt for a partition. */
    private record Run(CompletableFuture<Boolean> whole, long started) {}

    Rebuild(RedisPipe pipe, RedisKeys keys, Limits limits, ArchiveView archive, String token, Duration lease) {
        this.pipe = pipe;
        this.keys = keys;
        this.limits = limits;
        this.archive = archive;
        this.token = token;
        this.leaseMillis = Long.toString(lease.toMillis());
        this.runs = new Run[keys.partitions()];
    }

    /** Starts it for a caller's partition, unless it runs or has just been tried; true when the counters are whole. */
    CompletableFuture<Boolean> start(String callerId) {
        return start(keys.partition(callerId));
    }

    CompletableFuture<Boolean> start(int partition) {
        synchronized (runs) {
            Run last = runs[partition];
            long now = System.nanoTime();
            if (last != null && (!last.whole.isDone() || failedJustNow(last, now))) {
                return last.whole;
            }
            var whole = new CompletableFuture<Boolean>();
            runs[partition] = new Run(whole, now);
            Thread.ofVirtual().name("rebuild-" + partition).start(() -> whole.complete(attempt(partition)));
            return whole;
        }
    }

    /** Whether counters are lost: nobody is admitted there, although Redis answers. */
    boolean isDue() {
        return !lost.isEmpty();
    }

    /** Tries what has failed once more, so that it also ends without anybody who asks. Never throws, never waits. */
    void retry() {
        for (int partition : lost) {
            start(partition);
        }
    }

    /** Whether the counters of all partitions are whole; waits at most until {@code deadline} (nano time). */
    boolean areWhole(long deadline) {
        for (int partition = 0; partition < keys.partitions(); partition++) {
            if (!await(partition, deadline)) {
                return false;
            }
        }
        return true;
    }

    /** Waits until the counters are whole, at most until {@code deadline} (nano time). */
    boolean await(String callerId, long deadline) {
        return await(keys.partition(callerId), deadline);
    }

    private boolean await(int partition, long deadline) {
        try {
            return start(partition).get(Math.max(0, deadline - System.nanoTime()), TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        } catch (TimeoutException | ExecutionException e) {
            return false;
        }
    }

    /** A success is never reused: who asks has seen the marker missing after it. */
    private static boolean failedJustNow(Run last, long now) {
        return !last.whole.getNow(false) && now - last.started < PAUSE_NANOS;
    }

    private boolean attempt(int partition) {
        try {
            RedisReply begun = pipe.run(
                    BEGIN,
                    bytes(keys.key(partition, "epoch"), keys.key(partition, "rebuild")),
                    bytes(token, LOCK_MILLIS),
                    WITHIN);
            return found(
                    partition,
                    switch (begun.text(0)) {
                        case "WHOLE" -> true;
                        case "LOCKED" -> restore(partition, Instant.ofEpochMilli(begun.number(1)));
                        default -> false; // another broker is at it
                    });
        } catch (StoreUnavailable e) {
            return false;
        } catch (Exception e) {
            found(partition, false);
            LOG.warn("Lost counters cannot be rebuilt yet, admission stays closed: {}", e.toString());
            return false;
        }
    }

    private boolean found(int partition, boolean whole) {
        if (whole) {
            lost.remove(partition);
        } else {
            lost.add(partition);
        }
        return whole;
    }

    private boolean restore(int partition, Instant now) throws Exception {
        QuotaDay day = QuotaDay.of(now, limits.zone());
        Charged charged = archive.chargedSince(Instant.ofEpochSecond(day.start()));
        Map<String, Sum> sums = sumsOf(partition, day, charged);
        List<ArchiveView.Open> open = charged.open().stream()
                .filter(call -> isHere(partition, call.callerId()))
                .toList();
        Iterator<Map.Entry<String, Sum>> counters = sums.entrySet().iterator();
        Iterator<ArchiveView.Open> calls = open.iterator();
        while (counters.hasNext() || calls.hasNext()) {
            if (!write(partition, part(day, counters, calls), List.of(), false)) {
                return false;
            }
        }
        if (!write(partition, List.of("0", "0"), limits.allowlist(), true)) {
            return false;
        }
        LOG.info("Counters of partition {} rebuilt: {} callers, {} open calls", partition, sums.size(), open.size());
        return true;
    }

    /** Open calls of the day are charged, too, until they are settled. */
    private Map<String, Sum> sumsOf(int partition, QuotaDay day, Charged charged) {
        var sums = new HashMap<String, Sum>();
        charged.sums().forEach((caller, sum) -> {
            if (isHere(partition, caller)) {
                sums.put(caller, sum);
            }
        });
        for (var call : charged.open()) {
            if (isHere(partition, call.callerId()) && call.openedAt().getEpochSecond() >= day.start()) {
                sums.compute(call.callerId(), (caller, sum) -> (sum == null ? Sum.NOTHING : sum).plus(call.held()));
            }
        }
        return sums;
    }

    private boolean isHere(int partition, String callerId) {
        return Tiers.isFit(callerId) && keys.partition(callerId) == partition;
    }

    /** Calls come after all counters: one that is known again may be settled at once, and then corrects its counter. */
    private List<String> part(
            QuotaDay day, Iterator<Map.Entry<String, Sum>> counters, Iterator<ArchiveView.Open> calls) {
        List<String> words = new ArrayList<>();
        String end = Long.toString(Ledger.counterEnd(day));
        int count = 0;
        for (; counters.hasNext() && count < PART; count++) {
            var counter = counters.next();
            Sum sum = counter.getValue();
            words.add(counter.getKey() + ":" + day.label());
            words.add(Long.toString(sum.units()));
            words.add(end);
            words.add(Long.toString(sum.spend().tokens()));
            words.add(Long.toString(sum.spend().nanoUsd()));
        }
        words.addFirst(Integer.toString(count));
        int countAt = words.size();
        for (count = 0; !counters.hasNext() && calls.hasNext() && count < PART; count++) {
            var call = calls.next();
            words.add(call.id().toString());
            words.add(call.callerId());
            words.add(QuotaDay.of(call.openedAt(), limits.zone()).label());
            words.add(Integer.toString(call.held().units()));
            var spend = call.held().spend();
            words.add(spend.map(held -> Long.toString(held.tokens())).orElse(""));
            words.add(spend.map(held -> Long.toString(held.nanoUsd())).orElse(""));
        }
        words.add(countAt, Integer.toString(count));
        return words;
    }

    private boolean write(int partition, List<String> part, Iterable<String> allowlist, boolean last) {
        List<byte[]> args = new ArrayList<>(bytes(token, keys.key(partition, ""), leaseMillis, last ? "1" : "0"));
        part.forEach(word -> args.add(word.getBytes(UTF_8)));
        allowlist.forEach(id -> {
            if (isHere(partition, id)) {
                args.add(id.getBytes(UTF_8));
            }
        });
        RedisReply reply = pipe.run(
                WRITE,
                bytes(
                        keys.key(partition, "epoch"),
                        keys.key(partition, "rebuild"),
                        keys.key(partition, "allow"),
                        keys.outbox(partition)),
                args,
                WITHIN);
        return reply.text(0).equals("WRITTEN");
    }
}
