package gptbroker.admission;

import static java.nio.charset.StandardCharsets.UTF_8;

import gptbroker.admission.Allowance.Left;
import gptbroker.admission.Settlement.Mode;
import gptbroker.admission.Settlement.Outcome;
import gptbroker.config.BrokerConfig.Limits;
import gptbroker.config.Budget;
import gptbroker.identity.Caller;
import gptbroker.store.RedisKeys;
import gptbroker.store.RedisPipe;
import gptbroker.store.RedisReply;
import gptbroker.store.RedisScript;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;

/** The counters in Redis: each method is one script with its keys and arguments. Thread-safe. */
final class Ledger {
    /** How long a settled reservation is remembered, so that settling twice stays without effect. */
    static final Duration KEEP = Duration.ofMinutes(5);

    /** The same for what is settled late, out of the spill or after the reaper. */
    static final Duration KEEP_LONG = Duration.ofHours(48);

    private static final RedisScript ADMIT = RedisScript.resource(Ledger.class, "admit");
    private static final RedisScript SETTLE = RedisScript.resource(Ledger.class, "settle");
    private static final RedisScript CHECKPOINT = RedisScript.resource(Ledger.class, "checkpoint");
    private static final RedisScript ALLOWANCE = RedisScript.resource(Ledger.class, "allowance");
    private static final RedisScript UNDER_WAY = RedisScript.resource(Ledger.class, "under_way");
    private static final int DAY_ATTEMPTS = 3;
    private static final long MICROS = 1_000_000;

    private final RedisPipe pipe;
    private final RedisKeys keys;
    private final Limits limits;
    private final Tiers tiers;
    private final String instance;
    private final String highWater;
    private final String leaseMillis;
    private volatile QuotaDay today;

    /**
     * @param lease after which a reservation is closed even though its broker seems alive
     * @param clock a first guess at the day; Redis corrects it
     */
    Ledger(
            RedisPipe pipe,
            RedisKeys keys,
            Limits limits,
            String instance,
            long highWater,
            Duration lease,
            InstantSource clock) {
        this.pipe = pipe;
        this.keys = keys;
        this.limits = limits;
        this.tiers = new Tiers(limits);
        this.instance = instance;
        this.highWater = Long.toString(highWater);
        this.leaseMillis = Long.toString(lease.toMillis());
        this.today = QuotaDay.of(clock.instant(), limits.zone());
    }

    /** What holds for the caller's tokens and money. */
    BudgetRule budget(Caller caller) {
        return tiers.budget(caller);
    }

    /** Reserves; {@code deadline} is a {@link System#nanoTime()}. */
    Verdict admit(Caller caller, UUID id, Charge held, byte[] openRecord, long deadline) {
        String who = Tiers.checked(caller.id());
        int partition = keys.partition(who);
        BudgetRule rule = held.spend().isPresent() ? tiers.budget(caller) : BudgetRule.NONE;
        return onTheRightDay(caller, rule, day -> {
            List<byte[]> names = bytes(
                    keys.key(partition, "resv:" + id),
                    keys.key(partition, dayKey(who, day.label())),
                    keys.key(partition, "rate:" + who),
                    keys.key(partition, "live:" + who),
                    keys.key(partition, "owned:" + instance),
                    keys.key(partition, "allow"),
                    keys.key(partition, "epoch"),
                    keys.outbox(partition),
                    keys.key(partition, "instances"));
            List<byte[]> args = with(
                    openRecord,
                    id.toString(),
                    who,
                    instance,
                    day.label(),
                    Long.toString(day.start()),
                    Long.toString(day.end()),
                    Integer.toString(held.units()),
                    Long.toString(tiers.daily(caller)),
                    Integer.toString(tiers.rate(caller)),
                    Integer.toString(tiers.concurrency(caller)),
                    leaseMillis,
                    highWater,
                    tiers.door(caller) ? "1" : "0");
            if (rule.kept()) {
                names = joined(names, bytes(keys.key(partition, spendKey(who, day.label()))));
                args = joined(args, budget(rule.budget(), held.spend().orElseThrow()));
            }
            return pipe.run(ADMIT, names, args, left(deadline));
        });
    }

    private static List<byte[]> budget(Budget budget, Spend held) {
        return bytes(
                Long.toString(held.tokens()),
                Long.toString(budget.tokens()),
                Long.toString(held.nanoUsd()),
                Long.toString(budget.nanoUsd()));
    }

    /** What the caller may still do. */
    Verdict allowance(Caller caller, long deadline) {
        String who = Tiers.checked(caller.id());
        int partition = keys.partition(who);
        BudgetRule rule = tiers.budget(caller);
        return onTheRightDay(caller, rule, day -> {
            List<byte[]> names = bytes(
                    keys.key(partition, dayKey(who, day.label())),
                    keys.key(partition, "rate:" + who),
                    keys.key(partition, "allow"));
            return pipe.run(
                    ALLOWANCE,
                    rule.kept() ? joined(names, bytes(keys.key(partition, spendKey(who, day.label())))) : names,
                    bytes(
                            who,
                            Long.toString(day.start()),
                            Long.toString(day.end()),
                            Long.toString(tiers.daily(caller)),
                            Integer.toString(tiers.rate(caller))),
                    left(deadline));
        });
    }

    /** Charges or refunds; not in mode {@link Mode#LATE}. */
    Outcome settle(Settlement what, Mode mode, Duration keep, Duration within) {
        List<byte[]> budget =
                what.charge().spend().map(spend -> spent(what, spend)).orElse(List.of());
        return settle(what, mode, keep, within, budget);
    }

    /** Corrects what the archive has charged already; see {@link Mode#LATE}. */
    Outcome settleLate(Settlement what, Charge charged, Duration keep, Duration within) {
        Spend before = charged.spend().orElse(Spend.NOTHING);
        return settle(
                what,
                Mode.LATE,
                keep,
                within,
                joined(
                        spent(what, what.charge().spend().orElse(before)),
                        bytes(
                                Integer.toString(charged.units()),
                                Long.toString(before.tokens()),
                                Long.toString(before.nanoUsd()))));
    }

    private static List<byte[]> spent(Settlement what, Spend spend) {
        return bytes(what.callerId(), what.day(), Long.toString(spend.tokens()), Long.toString(spend.nanoUsd()));
    }

    private Outcome settle(Settlement what, Mode mode, Duration keep, Duration within, List<byte[]> budget) {
        String who = Tiers.checked(what.callerId());
        int partition = keys.partition(who);
        List<byte[]> args = List.of(
                what.id().toString().getBytes(UTF_8),
                Integer.toString(what.charge().units()).getBytes(UTF_8),
                Long.toString(counterEnd(day(what.day()))).getBytes(UTF_8),
                mode.word().getBytes(UTF_8),
                Long.toString(keep.toSeconds()).getBytes(UTF_8),
                keys.key(partition, "").getBytes(UTF_8),
                what.closeRecord(),
                what.openRecord(),
                Long.toString(KEEP.toSeconds()).getBytes(UTF_8));
        RedisReply reply = pipe.run(
                SETTLE,
                bytes(
                        keys.key(partition, "resv:" + what.id()),
                        keys.key(partition, dayKey(who, what.day())),
                        keys.key(partition, "live:" + who),
                        keys.key(partition, "epoch"),
                        keys.outbox(partition)),
                budget.isEmpty() ? args : joined(args, budget),
                within);
        return Outcome.valueOf(reply.text(0));
    }

    /** Adds a partial record without waiting for it. */
    void checkpoint(Reservation reservation, byte[] partialRecord) {
        int partition = keys.partition(reservation.caller().id());
        var unused = pipe.submit(
                CHECKPOINT,
                bytes(keys.key(partition, "resv:" + reservation.id()), keys.outbox(partition)),
                List.of(partialRecord));
    }

    /** Whether a call is reserved and not settled. */
    boolean underWay(Caller caller, UUID id) {
        String who = Tiers.checked(caller.id());
        return pipe.run(UNDER_WAY, bytes(keys.key(keys.partition(who), "resv:" + id)), List.of())
                        .number(0)
                == 1;
    }

    /** The quota day as of the last answer of Redis. */
    QuotaDay today() {
        return today;
    }

    /** The name of a day's counter within its partition. */
    static String dayKey(String callerId, String day) {
        return "day:" + callerId + ":" + day;
    }

    /** The name of a day's tokens and nano-dollars within its partition. */
    static String spendKey(String callerId, String day) {
        return "spend:" + callerId + ":" + day;
    }

    private QuotaDay day(String label) {
        QuotaDay likely = today;
        return likely.label().equals(label) ? likely : QuotaDay.parse(label, limits.zone());
    }

    /** When a day's counter may go: late enough for late settlements and for looking back. */
    static long counterEnd(QuotaDay day) {
        return day.end() + KEEP_LONG.toSeconds();
    }

    private interface Ask {
        RedisReply on(QuotaDay day);
    }

    /** The broker's idea of the day is a guess; Redis knows. */
    private Verdict onTheRightDay(Caller caller, BudgetRule rule, Ask ask) {
        for (int i = 0; i < DAY_ATTEMPTS; i++) {
            QuotaDay day = today;
            RedisReply reply = ask.on(day);
            Verdict.Word word = Verdict.Word.valueOf(reply.text(0));
            long now = reply.number(1);
            if (word != Verdict.Word.DAY) {
                return new Verdict(word, reply.text(6), told(caller, rule, day, now, reply), micros(reply.number(5)));
            }
            today = QuotaDay.of(Instant.EPOCH.plus(now, ChronoUnit.MICROS), limits.zone());
        }
        throw new IllegalStateException("Redis and the broker cannot agree on the day");
    }

    private Allowance told(Caller caller, BudgetRule rule, QuotaDay day, long now, RedisReply reply) {
        boolean exempt = reply.number(3) == 1;
        long daily = exempt ? Tiers.EXEMPT : tiers.daily(caller);
        long rate = tiers.rate(caller);
        long behind = reply.number(4);
        long step = rate == 0 ? 0 : Math.ceilDiv(60 * MICROS, rate);
        boolean listed = rule.kept() && reply.number(9) == 1;
        Budget budget = listed ? Budget.NONE : rule.budget();
        return new Allowance(
                daily,
                exempt ? 0 : Math.max(0, daily - reply.number(2)),
                micros(day.end() * MICROS - now),
                rate,
                rate == 0 ? 0 : (step * rate - behind) / step,
                micros(behind),
                budget.limitsTokens() ? Left.of(budget.tokens(), reply.number(7)) : Left.NO_LIMIT,
                budget.limitsCost() ? Left.of(budget.nanoUsd(), reply.number(8)) : Left.NO_LIMIT);
    }

    private static Duration left(long deadline) {
        return Duration.ofNanos(Math.max(0, deadline - System.nanoTime()));
    }

    private static Duration micros(long micros) {
        return Duration.of(Math.max(0, micros), ChronoUnit.MICROS);
    }

    private static List<byte[]> joined(List<byte[]> first, List<byte[]> second) {
        var all = new ArrayList<byte[]>(first.size() + second.size());
        all.addAll(first);
        all.addAll(second);
        return all;
    }

    static List<byte[]> bytes(String... words) {
        return with(new byte[words.length][], words);
    }

    private static List<byte[]> with(byte[] last, String... words) {
        byte[][] all = new byte[words.length + 1][];
        all[words.length] = last;
        return with(all, words);
    }

    private static List<byte[]> with(byte[][] all, String... words) {
        for (int i = 0; i < words.length; i++) {
            all[i] = words[i].getBytes(UTF_8);
        }
        return Arrays.asList(all);
    }
}
