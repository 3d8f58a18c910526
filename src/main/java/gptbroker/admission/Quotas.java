package gptbroker.admission;

import gptbroker.config.BrokerConfig.Limits;
import gptbroker.problem.Problem;
import gptbroker.problem.ProblemCode;
import gptbroker.store.RedisKeys;
import gptbroker.store.RedisPipe;
import gptbroker.store.RedisReply;
import gptbroker.store.RedisScript;
import gptbroker.store.StoreUnavailable;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;

/** Today's counters, for the operator to look at and to set back. Thread-safe. */
public final class Quotas {
    private static final RedisScript QUOTA = RedisScript.resource(Quotas.class, "quota");
    private static final Duration RETRY_AFTER = Duration.ofSeconds(5);
    private static final int DAY_ATTEMPTS = 3;

    private final RedisPipe pipe;
    private final RedisKeys keys;
    private final Limits limits;
    private final InstantSource clock;

    /** @param clock a first guess at the day; Redis corrects it */
    Quotas(RedisPipe pipe, RedisKeys keys, Limits limits, InstantSource clock) {
        this.pipe = pipe;
        this.keys = keys;
        this.limits = limits;
        this.clock = clock;
    }

    /**
     * A caller's day.
     *
     * @param day {@code yyyymmdd} in the quota's zone
     * @param before units counted before this call
     * @param used units counted now
     * @param open units of calls under way, which are among them
     * @param listed whether the allowlist has the caller
     * @param reset until the day ends
     * @param tokens the same of tokens; zeros where no budget is kept
     * @param nanoUsd the same of billionths of a US dollar
     */
    public record Quota(
            String callerId,
            String day,
            long before,
            long used,
            long open,
            boolean listed,
            Duration reset,
            Counted tokens,
            Counted nanoUsd) {}

    /** What is counted: before this call, now, and of that, what is held by calls under way. */
    public record Counted(long before, long used, long open) {}

    /** Whether any caller can have this id. */
    public static boolean isFit(String callerId) {
        return Tiers.isFit(callerId);
    }

    /**
     * What the caller has used today.
     *
     * @throws Problem 503 {@code quota_unavailable} when Redis does not answer, or its counters are not whole
     */
    public Quota of(String callerId) {
        return ask(callerId, false);
    }

    /**
     * Sets today's counters back to the calls under way, in one step with every admission and settlement.
     *
     * @throws Problem as {@link #of}
     */
    public Quota reset(String callerId) {
        return ask(callerId, true);
    }

    private Quota ask(String callerId, boolean reset) {
        QuotaDay day = QuotaDay.of(clock.instant(), limits.zone());
        for (int i = 0; i < DAY_ATTEMPTS; i++) {
            RedisReply reply = run(callerId, day, reset);
            Instant now = Instant.EPOCH.plus(reply.number(1), ChronoUnit.MICROS);
            switch (Verdict.Word.valueOf(reply.text(0))) {
                case OK -> {
                    return new Quota(
                            callerId,
                            day.label(),
                            reply.number(2),
                            reply.number(3),
                            reply.number(4),
                            reply.number(5) == 1,
                            Duration.between(now, Instant.ofEpochSecond(day.end())),
                            new Counted(reply.number(6), reply.number(7), reply.number(8)),
                            new Counted(reply.number(9), reply.number(10), reply.number(11)));
                }
                case DAY -> day = QuotaDay.of(now, limits.zone());
                default -> throw unavailable("counters are not whole");
            }
        }
        throw unavailable("Redis and the broker cannot agree on the day");
    }

    private RedisReply run(String callerId, QuotaDay day, boolean reset) {
        String who = Tiers.checked(callerId);
        int partition = keys.partition(who);
        try {
            return pipe.run(
                    QUOTA,
                    Ledger.bytes(
                            keys.key(partition, Ledger.dayKey(who, day.label())),
                            keys.key(partition, "live:" + who),
                            keys.key(partition, "allow"),
                            keys.key(partition, "epoch"),
                            keys.key(partition, Ledger.spendKey(who, day.label()))),
                    Ledger.bytes(
                            who,
                            day.label(),
                            Long.toString(day.start()),
                            Long.toString(day.end()),
                            keys.key(partition, ""),
                            reset ? "1" : "0"));
        } catch (StoreUnavailable e) {
            throw unavailable(e.getMessage());
        }
    }

    private static Problem unavailable(String why) {
        return Problem.of(ProblemCode.QUOTA_UNAVAILABLE, why).retryAfter(RETRY_AFTER);
    }
}
