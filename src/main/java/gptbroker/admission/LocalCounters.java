package gptbroker.admission;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import gptbroker.config.BrokerConfig.Limits;
import gptbroker.identity.Caller;
import gptbroker.problem.ProblemCode;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * What replaces Redis under {@code ON_REDIS_DOWN=local} and {@code open}: day and rate counted in this process alone,
 * or not at all. It starts from zero, so together with Redis a caller can have up to two days' worth. Thread-safe.
 */
final class LocalCounters {
    private static final int MAX_CALLERS = 100_000;

    private final Limits limits;
    private final Tiers tiers;
    private final AddressBuckets rate;
    private final Cache<String, AtomicLong> used = Caffeine.newBuilder()
            .maximumSize(MAX_CALLERS)
            .expireAfterWrite(48, TimeUnit.HOURS)
            .build();

    LocalCounters(Limits limits) {
        this.limits = limits;
        this.tiers = new Tiers(limits);
        this.rate = new AddressBuckets(limits.ratePerMinute());
    }

    /** Lets in everyone whom the door lets in. */
    Decision open(Reservation reservation, Instant now) {
        if (isShutOut(reservation.caller())) {
            return denied(
                    ProblemCode.ACCESS_DENIED, Duration.ZERO, allowance(reservation.caller(), Tiers.EXEMPT, 0, now));
        }
        return new Decision.Admitted(reservation, allowance(reservation.caller(), Tiers.EXEMPT, 0, now));
    }

    /** Lets in what this process' own counters allow. */
    Decision count(Reservation reservation, Instant now) {
        Caller caller = reservation.caller();
        long daily = isListed(caller) ? Tiers.EXEMPT : tiers.daily(caller);
        if (isShutOut(caller)) {
            return denied(ProblemCode.ACCESS_DENIED, Duration.ZERO, allowance(caller, daily, 0, now));
        }
        var wait = rate.tryTake(caller.id(), tiers.rate(caller));
        if (wait.isPresent()) {
            return denied(ProblemCode.RATE_EXCEEDED, wait.get(), allowance(caller, daily, 0, now));
        }
        AtomicLong counter = counter(reservation);
        long units = counter.addAndGet(reservation.units());
        if (daily >= 0 && units > daily) {
            counter.addAndGet(-reservation.units());
            Allowance told = allowance(caller, daily, daily, now);
            return denied(ProblemCode.QUOTA_EXCEEDED, told.dailyReset(), told);
        }
        return new Decision.Admitted(reservation, allowance(caller, daily, units, now));
    }

    /** Corrects what {@link #count} took. */
    void settle(Reservation reservation, int units) {
        counter(reservation).addAndGet((long) units - reservation.units());
    }

    /** As configured: what the operator has changed at run time is in Redis alone. */
    private boolean isListed(Caller caller) {
        return limits.allowlist().contains(caller.id());
    }

    /** {@code ACCESS} says who may call at all; it is no limit that an outage could lift. */
    private boolean isShutOut(Caller caller) {
        return tiers.door(caller) && !isListed(caller);
    }

    private AtomicLong counter(Reservation reservation) {
        return used.get(reservation.day() + reservation.caller().id(), key -> new AtomicLong());
    }

    private Allowance allowance(Caller caller, long daily, long units, Instant now) {
        int perMinute = tiers.rate(caller);
        QuotaDay day = QuotaDay.of(now, limits.zone());
        return new Allowance(
                daily,
                Math.max(0, daily - units),
                Duration.between(now, Instant.ofEpochSecond(day.end())),
                perMinute,
                perMinute,
                Duration.ZERO);
    }

    private static Decision denied(ProblemCode reason, Duration retryAfter, Allowance allowance) {
        return new Decision.Denied(reason, retryAfter, allowance);
    }
}
