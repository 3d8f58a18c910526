package gptbroker.admission;

import static org.assertj.core.api.Assertions.assertThat;

import gptbroker.admission.Settlement.Mode;
import gptbroker.admission.Settlement.Outcome;
import gptbroker.config.Secret;
import gptbroker.identity.Caller;
import gptbroker.ops.Meters;
import gptbroker.store.RedisConnections;
import gptbroker.store.RedisPipe;
import gptbroker.testing.TestRedis;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Lost counters of more callers than one script writes, while their calls go on. */
class RebuildTest {
    private static final Duration WITHIN = Duration.ofSeconds(20);
    private static final int CALLERS = 3_000;
    private static final int OPEN = 400;

    private TestRedis redis;
    private Rig rig;
    private RedisPipe pipe;
    private Ledger ledger;

    @BeforeEach
    void startRedis() {
        redis = TestRedis.start();
        rig = new Rig(redis).budget(1_000_000, 1_000_000);
        pipe = new RedisPipe(new RedisConnections(new Secret(redis.url())), 2, WITHIN, new Meters());
        ledger = new Ledger(
                pipe, rig.keys, rig.limits(), "instance", 1_000_000, Duration.ofMinutes(1), InstantSource.system());
    }

    @AfterEach
    void stopRedis() {
        pipe.close();
        rig.close();
        redis.close();
    }

    @Test
    void callsThatEndMeanwhileAreCorrectedInCountersThatAreThere() throws Exception {
        Map<UUID, Caller> open = openCalls();
        var admission = rig.create();
        List<Outcome> outcomes = new ArrayList<>();
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            var ending = threads.submit(() -> {
                for (var call : open.entrySet()) {
                    outcomes.add(refund(call.getKey(), call.getValue()));
                }
                return outcomes;
            });
            Rig.admitPatiently(admission, Rig.user(), Rig.id());
            ending.get();
        }
        assertThat(outcomes).hasSize(OPEN).containsOnly(Outcome.SETTLED);
        for (Caller caller : open.values()) {
            assertThat(rig.used(caller)).isEqualTo(1);
            assertThat(rig.spent(caller)).isEqualTo(new Spend(7, 7));
        }
    }

    /** Each caller has one call that was charged, and some have one that is still open. */
    private Map<UUID, Caller> openCalls() {
        Charge charged = Rig.charge(7, 7);
        Map<UUID, Caller> open = new HashMap<>();
        for (int i = 0; i < CALLERS; i++) {
            Caller caller = Rig.user();
            UUID id = Rig.id();
            rig.archive
                    .add(RecordedArchive.open(id, caller.id(), charged))
                    .add(RecordedArchive.close(id, charged, "done"));
            if (i < OPEN) {
                UUID running = Rig.id();
                rig.archive.add(RecordedArchive.open(running, caller.id(), Rig.charge(1_000, 1_000)));
                open.put(running, caller);
            }
        }
        return open;
    }

    /** Asks on until the call is known again, and so as early as that can be. */
    private Outcome refund(UUID id, Caller caller) {
        Charge nothing = Rig.charge(0, 0, 0);
        var what = new Settlement(
                id,
                caller.id(),
                QuotaDay.of(Instant.now(), rig.zone).label(),
                nothing,
                RecordedArchive.open(id, caller.id()),
                RecordedArchive.close(id, nothing, "error"));
        while (true) {
            Outcome outcome = ledger.settle(what, Mode.ASK, Ledger.KEEP, WITHIN);
            if (outcome != Outcome.REBUILD) {
                return outcome;
            }
        }
    }
}
