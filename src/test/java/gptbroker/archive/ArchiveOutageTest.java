package gptbroker.archive;

import static gptbroker.archive.ArchiveTestSupport.ALICE;
import static gptbroker.archive.ArchiveTestSupport.add;
import static gptbroker.archive.ArchiveTestSupport.archive;
import static gptbroker.archive.ArchiveTestSupport.done;
import static gptbroker.archive.ArchiveTestSupport.eventually;
import static gptbroker.archive.ArchiveTestSupport.id;
import static gptbroker.archive.ArchiveTestSupport.opened;
import static org.assertj.core.api.Assertions.assertThat;

import gptbroker.config.Secret;
import gptbroker.store.Database;
import gptbroker.store.RedisKeys;
import gptbroker.testing.TestPostgres;
import gptbroker.testing.TestRedis;
import java.time.Duration;
import java.time.Instant;
import java.util.UUID;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import redis.clients.jedis.Jedis;

/** Stores that go away and come back (reliability P1-P3, R1): nothing is lost, nothing is there twice. */
class ArchiveOutageTest {
    private final RedisKeys keys = new RedisKeys("gb:outage", 1);
    private TestPostgres postgres;
    private TestRedis server;
    private Jedis redis;
    private Secret url;
    private Database database;
    private Archive archive;
    private int asked;

    @BeforeEach
    void open() {
        postgres = TestPostgres.start();
        url = postgres.database();
        server = TestRedis.start();
        redis = server.open();
        database = new Database(url, 2, true);
        archive = archive(keys, server.connections(), database, "one");
    }

    @AfterEach
    void close() {
        archive.close();
        database.close();
        redis.close();
        server.close();
        postgres.close();
    }

    private void askFor(Duration time) {
        long end = System.nanoTime() + time.toNanos();
        do {
            UUID id = id(Instant.now());
            add(redis, keys.outbox(0), opened(id, ALICE, "question " + asked));
            add(redis, keys.outbox(0), done(id, "answer " + asked));
            asked++;
            LockSupport.parkNanos(2_000_000);
        } while (System.nanoTime() < end);
    }

    private void assertDrained() {
        eventually("the outbox is drained", () -> redis.xlen(keys.outbox(0)) == 0);
        assertThat(TestPostgres.query(
                        url,
                        "select count(*), count(distinct content) from responses where status = 'done'"
                                + " and caller_id is not null"))
                .containsExactly(asked + "|" + asked);
        assertThat(TestPostgres.query(url, "select count(*) from inputs")).containsExactly(Integer.toString(asked));
        assertThat(TestPostgres.query(url, "select count(*) from archive_dead")).containsExactly("0");
    }

    @Test
    void entriesWaitWhilePostgresIsAway() {
        archive.start();
        askFor(Duration.ofSeconds(1));
        postgres.stop();
        while (redis.xlen(keys.outbox(0)) <= 1_000) {
            askFor(Duration.ofSeconds(1));
        }
        assertThat(database.ready()).isFalse();
        postgres.restart();
        assertDrained();
        eventually("it is found again", database::ready);
    }

    @Test
    void aKilledPostgresLosesAndDoublesNothing() {
        archive.start();
        for (int round = 0; round < 3; round++) {
            askFor(Duration.ofSeconds(1));
            postgres.kill();
            askFor(Duration.ofMillis(500));
            postgres.restart();
        }
        assertDrained();
    }

    @Test
    void aFrozenPostgresIsWaitedFor() {
        archive.start();
        askFor(Duration.ofMillis(500));
        postgres.signal("STOP");
        askFor(Duration.ofSeconds(1));
        postgres.signal("CONT");
        askFor(Duration.ofMillis(500));
        assertDrained();
    }

    @Test
    void aRedisThatIsKilledGivesBackWhatItHadConfirmed() {
        archive.start();
        for (int round = 0; round < 3; round++) {
            askFor(Duration.ofMillis(500));
            server.kill();
            redis.close();
            server.restart();
            redis = server.open();
        }
        assertDrained();
    }

    @Test
    void theArchiveStartsBeforePostgresAndMigratesLater() {
        postgres.stop();
        archive.start();
        askFor(Duration.ofSeconds(1));
        assertThat(redis.xlen(keys.outbox(0))).isEqualTo(2L * asked);
        postgres.restart();
        assertDrained();
    }

    @Test
    void closingWhilePostgresIsAwayLeavesTheBatchForTheNextStart() {
        archive.start();
        askFor(Duration.ofMillis(500));
        postgres.stop();
        askFor(Duration.ofMillis(500));
        archive.close();
        assertThat(redis.xlen(keys.outbox(0))).isPositive();
        postgres.restart();
        archive = archive(keys, server.connections(), database, "one");
        archive.start();
        assertDrained();
    }
}
