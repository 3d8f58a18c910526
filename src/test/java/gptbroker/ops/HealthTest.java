package gptbroker.ops;

import static org.assertj.core.api.Assertions.assertThat;

import gptbroker.testing.Eventually;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;

class HealthTest {
    @Test
    void whatIsOnlyShownDoesNotDecide() throws Exception {
        var health = new Health(Map.of("redis", () -> true), Map.of("postgres", () -> false), InstantSource.system());
        assertThat(whenReady(health).json())
                .isEqualTo("{\"status\":\"ready\",\"checks\":{\"redis\":true,\"postgres\":false,\"accepting\":true}}");
    }

    /** A check has a second, which a machine that stands still may eat up. */
    private static Health.Readiness whenReady(Health health) throws Exception {
        var last = new AtomicReference<Health.Readiness>();
        Eventually.isTrue("ready", () -> {
            last.set(health.readiness());
            return last.get().ready();
        });
        return last.get();
    }

    @Test
    void oneFailureIsNotReadyAndNamed() throws InterruptedException {
        CountDownLatch never = new CountDownLatch(1);
        Map<String, BooleanSupplier> checks = new LinkedHashMap<>();
        checks.put("redis", () -> true);
        checks.put("postgres", () -> {
            throw new IllegalStateException("secret");
        });
        checks.put("slow", () -> {
            try {
                never.await();
                return true;
            } catch (InterruptedException cancelled) {
                return false;
            }
        });
        Health.Readiness readiness = new Health(checks, InstantSource.system()).readiness();
        assertThat(readiness.ready()).isFalse();
        assertThat(readiness.json())
                .isEqualTo("{\"status\":\"unavailable\",\"checks\":"
                        + "{\"redis\":true,\"postgres\":false,\"slow\":false,\"accepting\":true}}");
    }

    @Test
    void aDrainIsNotReady() throws Exception {
        Health health = new Health(Map.of("redis", () -> true), InstantSource.system());
        whenReady(health);
        health.drain();
        assertThat(health.readiness().ready()).isFalse();
    }
}
