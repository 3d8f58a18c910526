package gptbroker.ops;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;

class HealthTest {
    @Test
    void whatIsOnlyShownDoesNotDecide() throws InterruptedException {
        var health = new Health(Map.of("redis", () -> true), Map.of("postgres", () -> false), InstantSource.system());
        assertThat(health.readiness().ready()).isTrue();
        assertThat(health.readiness().json())
                .isEqualTo("{\"status\":\"ready\",\"checks\":{\"redis\":true,\"postgres\":false,\"accepting\":true}}");
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
    void aDrainIsNotReady() throws InterruptedException {
        Health health = new Health(Map.of("redis", () -> true), InstantSource.system());
        assertThat(health.readiness().ready()).isTrue();
        health.drain();
        assertThat(health.readiness().ready()).isFalse();
    }
}
