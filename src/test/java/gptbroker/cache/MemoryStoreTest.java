package gptbroker.cache;

import static org.assertj.core.api.Assertions.assertThat;

import gptbroker.ops.Meters;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class MemoryStoreTest {
    private static final long MOST = 1 << 20;

    private final AtomicLong nanos = new AtomicLong();
    private final MemoryStore store = new MemoryStore(MOST, new Meters(), nanos::get);

    private static Key key(String name, String... tags) {
        return new Key(name, List.of(tags));
    }

    private static Stored stored(int bytes, Duration ttl) {
        return new Stored(new Kept(200, "text/plain", List.of(), new byte[bytes], ""), Instant.EPOCH, ttl);
    }

    private void put(Key key, int bytes, Duration ttl) {
        store.put(key, stored(bytes, ttl), store.look(key).token());
    }

    @Test
    void bytesAreBounded() {
        for (int i = 0; i < 200; i++) {
            put(key("k" + i), 100_000, Duration.ofHours(1));
            assertThat(store.size().bytes()).isLessThanOrEqualTo(MOST);
        }
        assertThat(store.size().entries()).isBetween(1L, 10L);
        assertThat(store.size().evictions()).isGreaterThanOrEqualTo(190);
    }

    @Test
    void whatDoesNotFitIsNotKept() {
        put(key("large"), (int) MOST, Duration.ofHours(1));
        assertThat(store.near(key("large"))).isEmpty();
    }

    @Test
    void eachAnswerHasItsTime() {
        put(key("short"), 1, Duration.ofSeconds(10));
        put(key("long"), 1, Duration.ofHours(1));
        nanos.addAndGet(Duration.ofSeconds(9).toNanos());
        assertThat(store.near(key("short"))).isPresent();
        nanos.addAndGet(Duration.ofSeconds(1).toNanos());
        assertThat(store.near(key("short"))).isEmpty();
        assertThat(store.near(key("long"))).isPresent();
    }

    @Test
    void aDroppedTagTakesItsAnswersAlong() {
        Key files = key("files", "alice", "files");
        Key models = key("models", "alice", "models");
        put(files, 1, Duration.ofHours(1));
        put(models, 1, Duration.ofHours(1));
        store.drop("files");
        assertThat(store.near(files)).isEmpty();
        assertThat(store.near(models)).isPresent();
        store.drop("alice");
        assertThat(store.near(models)).isEmpty();
        put(models, 1, Duration.ofHours(1));
        assertThat(store.near(models)).isPresent();
        store.clear();
        assertThat(store.near(models)).isEmpty();
        assertThat(store.size().entries()).isZero();
    }

    @Test
    void whatWasFetchedBeforeADropDoesNotComeBackAfterIt() {
        Key key = key("files", "files");
        for (Runnable drop : List.<Runnable>of(() -> store.drop("files"), store::clear)) {
            String token = store.look(key).token();
            drop.run();
            store.put(key, stored(1, Duration.ofHours(1)), token);
            assertThat(store.near(key)).isEmpty();
        }
    }
}
