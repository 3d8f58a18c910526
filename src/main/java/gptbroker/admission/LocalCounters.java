package gptbroker.admission;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import gptbroker.admission.Allowance.Left;
import gptbroker.config.BrokerConfig.Limits;
import gptbroker.config.Budget;
import gptbroker.identity.Caller;
import gptbroker.problem.ProblemCode;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * What replaces Redis under {@code ON_REDIS_DOWN=local} and {@code open}: day, budgets and rate counted in this process alone,
 * or not at all. It starts from zero, so together with Redis a caller can have up to two days' worth. Thread-safe.
 */
final class LocalCounters {
    private static final int MAX_CALLERS = 100_000;

    private final Limits limits;
    private final Tiers tiers;
    private final AddressBuckets rate;
    private final Cache<String, Day> days = Caffeine.newBuilder()
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
            return denied(ProblemCode.ACCESS_DENIED, Duration.ZERO, allowance(reservation.caller(), Tiers.EXEMPT, now));
        }
        return new Decision.Admitted(reservation, allowance(reservation.caller(), Tiers.EXEMPT, now));
    }

    /** Lets in what this process' own counters allow. */
    Decision count(Reservation reservation, Instant now) {
        Caller caller = reservation.caller();
        long daily = isListed(caller) ? Tiers.EXEMPT : tiers.daily(caller);
        if (isShutOut(caller)) {
            return denied(ProblemCode.ACCESS_DENIED, Duration.ZERO, allowance(caller, daily, now));
        }
        var wait = rate.tryTake(caller.id(), tiers.rate(caller));
        if (wait.isPresent()) {
            return denied(ProblemCode.RATE_EXCEEDED, wait.get(), allowance(caller, daily, now));
        }
        Budget budget = isListed(caller) ? Budget.NONE : tiers.budget(caller).budget();
        Charge held = reservation.held();
        Day day = day(reservation);
        synchronized (day) {
            var reason = day.refusal(held, daily, budget);
            if (reason.isPresent()) {
                Allowance told = allowance(caller, daily, budget, day, now);
                return denied(reason.get(), told.dailyReset(), told);
            }
            day.add(held, 1);
            return new Decision.Admitted(reservation, allowance(caller, daily, budget, day, now));
        }
    }

    /** Corrects what {@link #count} took. */
    void settle(Reservation reservation, Charge charge) {
        Day day = day(reservation);
        synchronized (day) {
            day.add(reservation.held(), -1);
            day.add(charge, 1);
        }
    }

    /** One caller's day; guarded by itself. */
    private static final class Day {
        private long units;
        private long tokens;
        private long nanoUsd;

        Optional<ProblemCode> refusal(Charge held, long daily, Budget budget) {
            Spend spend = held.spend().orElse(Spend.NOTHING);
            if (daily >= 0 && units + held.units() > daily) {
                return Optional.of(ProblemCode.QUOTA_EXCEEDED);
            }
            if (budget.limitsTokens() && tokens + spend.tokens() > budget.tokens()) {
                return Optional.of(ProblemCode.TOKEN_QUOTA_EXCEEDED);
            }
            boolean over = budget.limitsCost() && nanoUsd + spend.nanoUsd() > budget.nanoUsd();
            return over ? Optional.of(ProblemCode.COST_QUOTA_EXCEEDED) : Optional.empty();
        }

        void add(Charge charge, int sign) {
            Spend spend = charge.spend().orElse(Spend.NOTHING);
            units += (long) sign * charge.units();
            tokens += sign * spend.tokens();
            nanoUsd += sign * spend.nanoUsd();
        }
    }

    /** As configured: what the operator has changed at run time is in Redis alone. */
    private boolean isListed(Caller caller) {
        return limits.allowlist().contains(caller.id());
    }

    /** {@code ACCESS} says who may call at all; it is no limit that an outage could lift. */
    private boolean isShutOut(Caller caller) {
        return tiers.door(caller) && !isListed(caller);
    }

    private Day day(Reservation reservation) {
        return days.get(reservation.day() + reservation.caller().id(), key -> new Day());
    }

    private Allowance allowance(Caller caller, long daily, Instant now) {
        return allowance(caller, daily, Budget.NONE, new Day(), now);
    }

    private Allowance allowance(Caller caller, long daily, Budget budget, Day day, Instant now) {
        int perMinute = tiers.rate(caller);
        QuotaDay today = QuotaDay.of(now, limits.zone());
        return new Allowance(
                daily,
                Math.max(0, daily - day.units),
                Duration.between(now, Instant.ofEpochSecond(today.end())),
                perMinute,
                perMinute,
                Duration.ZERO,
                Left.of(budget.tokens(), day.tokens),
                Left.of(budget.nanoUsd(), day.nanoUsd));
    }

    private static Decision denied(ProblemCode reason, Duration retryAfter, Allowance allowance) {
        return new Decision.Denied(reason, retryAfter, allowance);
    }
}
