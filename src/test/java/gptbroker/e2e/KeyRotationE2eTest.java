package gptbroker.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import gptbroker.testing.Eventually;
import java.time.Duration;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Users with good tokens never see a 401 while keys rotate or the key endpoint is away (J1, J2). */
class KeyRotationE2eTest {
    private static final int CLIENTS = 8;
    private static final int ENOUGH = 40;

    private final Queue<Integer> statuses = new ConcurrentLinkedQueue<>();
    private final AtomicBoolean stop = new AtomicBoolean();
    private Rig rig;

    @BeforeEach
    void start() {
        rig = Rig.start(Map.of("DAILY_LIMIT", "1000000", "USER_CONCURRENCY", "0", "ADDRESS_RATE_LIMIT", "0"));
    }

    @AfterEach
    void end() {
        rig.close();
    }

    /** Runs the change while clients call with tokens that are signed afresh, by whatever key signs then. */
    private void underLoad(Runnable change) {
        var answered = new AtomicInteger();
        try (var clients = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < CLIENTS; i++) {
                clients.submit(() -> {
                    var user = rig.user();
                    while (!stop.get()) {
                        statuses.add(rig.get("/simple-gpt-4o-mini-complete?prompt=x", rig.token(user))
                                .statusCode());
                        answered.incrementAndGet();
                    }
                });
            }
            try {
                waitFor(answered, ENOUGH);
                change.run();
                waitFor(answered, answered.get() + ENOUGH);
            } finally {
                stop.set(true); // else the clients would go on for ever, and this with them
            }
        }
        assertThat(statuses).hasSizeGreaterThanOrEqualTo(2 * ENOUGH).containsOnly(200);
    }

    private static void waitFor(AtomicInteger answered, int count) {
        Eventually.within(Duration.ofSeconds(60), count + " answers", () -> answered.get() >= count);
    }

    @Test
    void rotation() {
        String kept = rig.token(rig.user());
        underLoad(() -> rig.issuer().rotateKeys());
        assertThat(rig.get("/simple-gpt-4o-mini-complete?prompt=x", kept).statusCode())
                .isEqualTo(200);
    }

    @Test
    void outage() {
        rig.get("/simple-gpt-4o-mini-complete?prompt=x", rig.token(rig.user()));
        underLoad(() -> rig.issuer().jwksFault("500", 0));
    }
}
