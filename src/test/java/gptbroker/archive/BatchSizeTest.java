package gptbroker.archive;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Collections;
import org.junit.jupiter.api.Test;
import redis.clients.jedis.StreamEntryID;

class BatchSizeTest {
    private final BatchSize size = new BatchSize(500);

    private void read(int entryBytes) {
        var entry = new Delivery("s", new StreamEntryID(1), new byte[entryBytes], null);
        size.learn(Collections.nCopies(size.next(), entry));
    }

    @Test
    void smallEntriesGrowItToTheLimit() {
        for (int i = 0; i < 5; i++) {
            read(800);
        }
        assertThat(size.next()).isEqualTo(500);
    }

    @Test
    void largeEntriesAreReadFewAtATime() {
        read(800);
        read(8 << 20);
        assertThat(size.next()).isEqualTo(1);
        read(1 << 20);
        assertThat(size.next()).isEqualTo(4);
    }
}
