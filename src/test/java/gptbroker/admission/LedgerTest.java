package gptbroker.admission;

import static org.assertj.core.api.Assertions.assertThat;

import gptbroker.admission.Settlement.Mode;
import gptbroker.admission.Settlement.Outcome;
import gptbroker.config.BrokerConfig;
import gptbroker.config.Secret;
import gptbroker.identity.Caller;
import gptbroker.ops.Meters;
import gptbroker.store.RedisConnections;
import gptbroker.store.RedisPipe;
import gptbroker.testing.Eventually;
import gptbroker.testing.TestRedis;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.StreamEntryID;
import redis.clients.jedis.params.XAddParams;

class LedgerTest {
    private static final Duration WITHIN = Duration.ofSeconds(20);

    private TestRedis redis;
    private Rig rig;
    private RedisPipe pipe;
    private Ledger ledger;

    @BeforeEach
    void startRedis() {
        redis = TestRedis.start();
        rig = new Rig(redis);
        pipe = new RedisPipe(new RedisConnections(new Secret(redis.url())), 1, WITHIN, new Meters());
        var limits = new BrokerConfig.Limits(
                50,
                3,
                Map.of(),
                rig.zone,
                0,
                0,
                0,
                Set.of(),
                BrokerConfig.Access.OPEN,
                BrokerConfig.OnRedisDown.CLOSED);
        ledger = new Ledger(pipe, rig.keys, limits, "instance", 1_000, Duration.ofMinutes(1), InstantSource.system());
    }

    @AfterEach
    void stopRedis() {
        pipe.close();
        rig.close();
        redis.close();
    }

    @Test
    void aForgottenSettlementIsNotJudgedBeforeItsRecordHasLeftTheOutbox() {
        Caller caller = Rig.user();
        rig.start();
        Settlement settled = admitted(caller, 1);
        assertThat(settle(settled, Mode.FORCE)).isEqualTo(Outcome.SETTLED);
        try (Jedis jedis = redis.open()) {
            jedis.del(rig.keys.key(0, "resv:" + settled.id())); // as after five minutes
            assertThat(settle(settled, Mode.ASK)).isEqualTo(Outcome.UNKNOWN);
            age(jedis, Ledger.KEEP.plusSeconds(1));
            assertThat(settle(settled, Mode.ASK)).isEqualTo(Outcome.PENDING);
        }
        rig.archive.drain();
        assertThat(settle(settled, Mode.ASK)).isEqualTo(Outcome.UNKNOWN);
        assertThat(rig.used(caller)).isEqualTo(1);
    }

    @Test
    void nothingIsCancelledWhileTheCountersAreLost() {
        Caller caller = Rig.user();
        rig.start();
        Settlement refused = admitted(caller, 0);
        rig.archive.drain().away = true;
        redis.flush();
        assertThat(settle(refused, Mode.CANCEL)).isEqualTo(Outcome.REBUILD);

        rig.archive.away = false;
        Rig.admitPatiently(rig.started.getFirst(), Rig.user(), Rig.id());
        assertThat(rig.used(caller)).isEqualTo(1);
        assertThat(settle(refused, Mode.CANCEL)).isEqualTo(Outcome.SETTLED);
        assertThat(rig.used(caller)).isZero();
        assertThat(rig.archive.drain().charged()).containsEntry(refused.id(), 0);
    }

    @Test
    void aLateSettlementOfAnInterruptedCallIsNotChargedTwice() throws Exception {
        Caller caller = Rig.user();
        rig.start();
        Settlement refunded = admitted(caller, 0);
        Settlement charged = admitted(caller, 1);
        for (Settlement call : List.of(refunded, charged)) {
            byte[] interrupted = rig.archive.interrupted(call.id(), Charge.units(1));
            var reaped =
                    new Settlement(call.id(), caller.id(), call.day(), Charge.units(1), call.openRecord(), interrupted);
            assertThat(settle(reaped, Mode.FORCE)).isEqualTo(Outcome.SETTLED);
        }
        rig.archive.drain();
        redis.flush();
        Rig.admitPatiently(rig.started.getFirst(), Rig.user(), Rig.id());
        assertThat(rig.used(caller)).isEqualTo(2);

        try (var spill = new Spill(rig.directory.resolve("spill").resolve("test"), "dead")) {
            spill.append(new SpillRecord(SpillRecord.Kind.SETTLE, refunded));
            spill.append(new SpillRecord(SpillRecord.Kind.SETTLE, charged));
        }
        rig.start();
        Eventually.isTrue("refunded", () -> rig.used(caller) == 1);
        Eventually.isTrue("both told", () -> rig.archive.drain().isFinal(charged.id()));
        assertThat(rig.used(caller)).isEqualTo(1);
        assertThat(rig.archive.charged()).containsEntry(refunded.id(), 0).containsEntry(charged.id(), 1);
    }

    private Settlement admitted(Caller caller, int units) {
        UUID id = Rig.id();
        byte[] open = RecordedArchive.open(id, caller.id());
        Verdict verdict = ledger.admit(caller, id, Charge.units(1), open, System.nanoTime() + WITHIN.toNanos());
        assertThat(verdict.word()).isEqualTo(Verdict.Word.ADMITTED);
        return new Settlement(
                id,
                caller.id(),
                verdict.day(),
                Charge.units(units),
                open,
                RecordedArchive.close(id, units, units == 0 ? "error" : "done"));
    }

    private Outcome settle(Settlement what, Mode mode) {
        return ledger.settle(what, mode, Ledger.KEEP, WITHIN);
    }

    /** Gives the entries of the outbox an earlier time. */
    private void age(Jedis jedis, Duration by) {
        String outbox = rig.keys.outbox(0);
        var entries = jedis.xrange(outbox, (StreamEntryID) null, null);
        jedis.del(outbox);
        for (var entry : entries) {
            var earlier = new StreamEntryID(
                    entry.getID().getTime() - by.toMillis(), entry.getID().getSequence());
            jedis.xadd(outbox, entry.getFields(), XAddParams.xAddParams().id(earlier));
        }
    }
}
