package gptbroker.admission;

import gptbroker.admission.Settlement.Mode;
import gptbroker.admission.Settlement.Outcome;
import gptbroker.admission.SpillRecord.Kind;
import gptbroker.config.BrokerConfig;
import gptbroker.config.BrokerConfig.Limits;
import gptbroker.config.BrokerConfig.OnRedisDown;
import gptbroker.identity.Caller;
import gptbroker.ops.Meters;
import gptbroker.problem.Problem;
import gptbroker.problem.ProblemCode;
import gptbroker.store.RedisConnections;
import gptbroker.store.RedisKeys;
import gptbroker.store.RedisPipe;
import gptbroker.store.StoreUnavailable;
import java.io.IOException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import redis.clients.jedis.exceptions.JedisException;

/**
 * Admission over Redis: one script in, one script out. What cannot be settled goes to a local spill and is settled
 * later. Thread-safe; use it between {@link #start} and {@link #close}.
 */
public final class RedisAdmission implements Admission, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(RedisAdmission.class);
    private static final byte[] NOTHING = {};
    private static final Duration LEASE_GRACE = Duration.ofSeconds(60);
    private static final Duration RETRY_AFTER = Duration.ofSeconds(5);
    private static final Duration READY_WITHIN = Duration.ofSeconds(1);
    private static final Duration START_WITHIN = Duration.ofSeconds(3);
    private static final Duration REPLAY_EVERY = Duration.ofSeconds(1);
    private static final Duration REBUILD_EVERY = Duration.ofSeconds(5);

    private final Limits limits;
    private final RedisConnections connections;
    private final ArchiveView archive;
    private final InstantSource clock;
    private final RedisKeys keys;
    private final RedisPipe pipe;
    private final Ledger ledger;
    private final Spill spill;
    private final AdmissionMeters meters;
    private final Rebuild rebuild;
    private final Reaper reaper;
    private final SpillReplay replay;
    private final Allowlist allowlist;
    private final Quotas quotas;
    private final LocalCounters local;
    private final ScheduledExecutorService background = Executors.newScheduledThreadPool(
            2, Thread.ofPlatform().daemon().name("admission-", 0).factory());

    /** What this process has admitted and not settled yet; true when it was counted by {@link #local} alone. */
    private final Map<UUID, Boolean> held = new ConcurrentHashMap<>();

    /**
     * Wires admission; nothing runs but the connections until {@link #start}.
     *
     * @param clock for the first guess at the day and while Redis is away; otherwise Redis' clock counts
     */
    public RedisAdmission(
            BrokerConfig config,
            RedisConnections connections,
            ArchiveView archive,
            Meters meters,
            InstantSource clock) {
        String instance = UUID.randomUUID().toString();
        Duration lease = config.listen().requestTimeout().plus(LEASE_GRACE);
        this.limits = config.limits();
        this.connections = connections;
        this.archive = archive;
        this.clock = clock;
        keys = new RedisKeys(config.redis().prefix(), config.redis().partitions());
        pipe = new RedisPipe(
                connections, config.redis().connections(), config.redis().timeout(), meters);
        ledger = new Ledger(pipe, keys, limits, instance, config.archive().highWater(), lease, clock);
        // Per tenant: two that share a folder must not replay each other's content into their own archive.
        spill = new Spill(config.dev().dataDir().resolve("spill").resolve(config.tenant()), instance);
        rebuild = new Rebuild(pipe, keys, limits, archive, instance, lease);
        this.meters = new AdmissionMeters(meters, spill, rebuild::isDue);
        reaper = new Reaper(pipe, keys, instance, config.redis().deadAfter(), archive, this.meters);
        replay = new SpillReplay(spill, ledger, archive, rebuild, this.meters);
        allowlist = new Allowlist(connections, keys);
        quotas = new Quotas(pipe, keys, limits, clock);
        local = new LocalCounters(limits);
    }

    /**
     * Checks Redis, seeds the allowlist, rebuilds lost counters and starts heartbeat, reaper and replay. Returns within
     * seconds whether or not the stores are there; admission opens by itself when they are.
     */
    public void start() {
        RedisChecks.warn(connections);
        seedAllowlist();
        if (pipe.ping(READY_WITHIN)) {
            reaper.turn();
            rebuild.areWhole(System.nanoTime() + START_WITHIN.toNanos());
        }
        repeat(reaper::turn, reaper.every());
        repeat(rebuild::retry, REBUILD_EVERY);
        repeat(replay::turn, REPLAY_EVERY);
    }

    /** Whether Redis answers, and its counters are whole; false within a second otherwise. */
    public boolean ready() {
        return pipe.ping(READY_WITHIN) && rebuild.areWhole(System.nanoTime() + READY_WITHIN.toNanos());
    }

    /** The allowlist, to be changed at run time. */
    public Allowlist allowlist() {
        return allowlist;
    }

    /** Today's counters, for the operator. */
    public Quotas quotas() {
        return quotas;
    }

    @Override
    public Decision admit(Caller caller, UUID id, Charge held, byte[] openRecord) {
        if (caller.limits().suspended()) {
            meters.decided(ProblemCode.ACCESS_DENIED.code());
            return new Decision.Denied(ProblemCode.ACCESS_DENIED, Duration.ZERO, Allowance.UNTOLD);
        }
        try {
            Decision decision = decide(caller, id, held, verdict(caller, id, held, openRecord));
            meters.decided(
                    decision instanceof Decision.Denied denied ? denied.reason().code() : "admitted");
            return decision;
        } catch (Problem problem) {
            meters.decided(problem.code().code());
            throw problem;
        } catch (StoreUnavailable e) {
            meters.degraded(true);
            return withoutRedis(caller, id, held, openRecord, e);
        }
    }

    @Override
    public BudgetRule budget(Caller caller) {
        return ledger.budget(caller);
    }

    @Override
    public void settle(Reservation reservation, Charge charge, byte[] openRecord, byte[] closeRecord) {
        var what = new Settlement(
                reservation.id(), reservation.caller().id(), reservation.day(), charge, openRecord, closeRecord);
        Boolean local = held.remove(reservation.id());
        if (Boolean.TRUE.equals(local)) {
            this.local.settle(reservation, charge);
        }
        try {
            Outcome outcome = settleNow(what);
            if (local != null && outcome == Outcome.UNKNOWN) {
                outcome = replay.settleUnknown(what);
            }
            if (outcome == Outcome.REBUILD || local != null && outcome == Outcome.PENDING) {
                spill(Kind.SETTLE, what);
            }
            // That Redis takes it says little: a full one takes settlements, and admits nobody.
            meters.settled(outcome, charge.units());
        } catch (StoreUnavailable e) {
            meters.degraded(true);
            spill(Kind.SETTLE, what);
        } catch (Exception archiveAway) {
            LOG.warn(
                    "Request {} is settled later, the archive does not tell whether it was: {}",
                    what.id(),
                    archiveAway);
            spill(Kind.SETTLE, what);
        }
    }

    /**
     * What Redis does not know is left alone here: after a loss of its data a call of ours may have been taken for dead,
     * and then stands charged in the archive.
     */
    private Outcome settleNow(Settlement what) {
        Outcome outcome = ledger.settle(what, Mode.ASK, Ledger.KEEP, pipe.timeout());
        if (outcome == Outcome.REBUILD && rebuild.await(what.callerId(), deadline())) {
            outcome = ledger.settle(what, Mode.ASK, Ledger.KEEP, pipe.timeout());
        }
        return outcome;
    }

    @Override
    public void checkpoint(Reservation reservation, byte[] partialRecord) {
        ledger.checkpoint(reservation, partialRecord);
    }

    @Override
    public boolean underWay(Caller caller, UUID id) {
        try {
            return ledger.underWay(caller, id);
        } catch (StoreUnavailable e) {
            throw unavailable(e);
        }
    }

    @Override
    public Allowance allowance(Caller caller) {
        try {
            return ledger.allowance(caller, deadline()).allowance();
        } catch (StoreUnavailable e) {
            meters.degraded(true);
            throw unavailable(e);
        }
    }

    /** Ends everything, after the last settlement; what is still in the spill waits for the next start. */
    @Override
    public void close() {
        background.shutdown();
        try {
            if (!background.awaitTermination(3, TimeUnit.SECONDS)) {
                background.shutdownNow();
            }
        } catch (InterruptedException e) {
            background.shutdownNow();
            Thread.currentThread().interrupt();
        }
        replay.turn();
        reaper.leave();
        pipe.close();
        spill.close();
    }

    /** Settlements of this process that wait in the local spill. */
    public long spilled() {
        return spill.depth();
    }

    /** One heartbeat and sweep, out of turn. */
    void sweep() {
        reaper.turn();
    }

    private Verdict verdict(Caller caller, UUID id, Charge held, byte[] openRecord) {
        long deadline = deadline();
        Verdict verdict = ledger.admit(caller, id, held, openRecord, deadline);
        if (verdict.word() == Verdict.Word.REBUILD && rebuild.await(caller.id(), deadline)) {
            verdict = ledger.admit(caller, id, held, openRecord, deadline);
        }
        meters.degraded(false);
        return verdict;
    }

    private Decision decide(Caller caller, UUID id, Charge charge, Verdict verdict) {
        return switch (verdict.word()) {
            case ADMITTED -> {
                held.put(id, false);
                yield new Decision.Admitted(new Reservation(id, caller, verdict.day(), charge), verdict.allowance());
            }
            case RATE -> denied(ProblemCode.RATE_EXCEEDED, verdict);
            case BUSY -> denied(ProblemCode.CONCURRENCY_EXCEEDED, verdict);
            case DAILY -> denied(ProblemCode.QUOTA_EXCEEDED, verdict);
            case TOKENS -> denied(ProblemCode.TOKEN_QUOTA_EXCEEDED, verdict);
            case COST -> denied(ProblemCode.COST_QUOTA_EXCEEDED, verdict);
            case ACCESS -> denied(ProblemCode.ACCESS_DENIED, verdict);
            case FULL -> throw Problem.of(ProblemCode.ARCHIVE_FULL).retryAfter(RETRY_AFTER);
            case REBUILD, CANCELLED, DAY, OK ->
                throw Problem.of(ProblemCode.QUOTA_UNAVAILABLE, verdict.word().name())
                        .retryAfter(RETRY_AFTER);
        };
    }

    private Decision withoutRedis(Caller caller, UUID id, Charge charge, byte[] openRecord, StoreUnavailable e) {
        QuotaDay day = QuotaDay.of(clock.instant(), limits.zone());
        if (limits.onRedisDown() == OnRedisDown.CLOSED) {
            takeBack(caller, id, charge, day, e);
            meters.decided(ProblemCode.QUOTA_UNAVAILABLE.code());
            throw unavailable(e);
        }
        var reservation = new Reservation(id, caller, day.label(), charge);
        Decision decision = limits.onRedisDown() == OnRedisDown.LOCAL
                ? local.count(reservation, clock.instant())
                : local.open(reservation, clock.instant());
        if (decision instanceof Decision.Admitted) {
            held.put(id, limits.onRedisDown() == OnRedisDown.LOCAL);
            byte[] closeRecord = archive.interrupted(id, charge);
            spill(Kind.OPEN, new Settlement(id, caller.id(), day.label(), charge, openRecord, closeRecord));
        } else {
            takeBack(caller, id, charge, day, e);
        }
        meters.decided(
                decision instanceof Decision.Denied denied ? denied.reason().code() : "admitted");
        return decision;
    }

    /** Who is refused here must not be held to have called there: Redis may have admitted it, or still do so. */
    private void takeBack(Caller caller, UUID id, Charge charge, QuotaDay day, StoreUnavailable e) {
        if (e.inDoubt()) {
            spill(
                    Kind.CANCEL,
                    new Settlement(id, caller.id(), day.label(), charge.nothing(), NOTHING, archive.refused(id)));
        }
    }

    private void spill(Kind kind, Settlement what) {
        try {
            spill.append(new SpillRecord(kind, what));
        } catch (IOException e) {
            meters.spillFailed();
            LOG.error("Request {} cannot be settled: neither Redis nor the disk takes it: {}", what.id(), e.toString());
        }
    }

    private void seedAllowlist() {
        try {
            allowlist.addAll(limits.allowlist());
        } catch (JedisException e) {
            LOG.warn("The allowlist is not seeded yet: {}", e.getMessage());
            background.schedule(this::seedAllowlist, REPLAY_EVERY.toMillis(), TimeUnit.MILLISECONDS);
        }
    }

    private void repeat(Runnable turn, Duration every) {
        background.scheduleWithFixedDelay(turn, every.toMillis(), every.toMillis(), TimeUnit.MILLISECONDS);
    }

    private long deadline() {
        return System.nanoTime() + pipe.timeout().toNanos();
    }

    private static Decision denied(ProblemCode reason, Verdict verdict) {
        return new Decision.Denied(reason, verdict.retryAfter(), verdict.allowance());
    }

    private static Problem unavailable(StoreUnavailable e) {
        return Problem.of(ProblemCode.QUOTA_UNAVAILABLE, e.getMessage()).retryAfter(RETRY_AFTER);
    }
}
