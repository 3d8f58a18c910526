package gptbroker.archive;

import static gptbroker.archive.ArchiveTestSupport.ALICE;
import static gptbroker.archive.ArchiveTestSupport.add;
import static gptbroker.archive.ArchiveTestSupport.archive;
import static gptbroker.archive.ArchiveTestSupport.checkpoint;
import static gptbroker.archive.ArchiveTestSupport.closed;
import static gptbroker.archive.ArchiveTestSupport.done;
import static gptbroker.archive.ArchiveTestSupport.eventually;
import static gptbroker.archive.ArchiveTestSupport.id;
import static gptbroker.archive.ArchiveTestSupport.opened;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import gptbroker.config.Secret;
import gptbroker.store.Database;
import gptbroker.store.RedisConnections;
import gptbroker.store.RedisKeys;
import gptbroker.testing.TestPostgres;
import gptbroker.testing.TestRedis;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.StreamEntryID;
import redis.clients.jedis.args.ClientType;
import redis.clients.jedis.params.ClientKillParams;
import redis.clients.jedis.params.XClaimParams;
import redis.clients.jedis.resps.Slowlog;
import redis.clients.jedis.resps.StreamConsumerInfo;

/** The whole way from the outbox into the tables, with both stores real. */
class ArchiveTest {
    private static TestRedis server;

    private final Secret url = TestPostgres.shared().migrated();
    private final RedisKeys keys = new RedisKeys("gb:" + UUID.randomUUID(), 2);
    private final String stream = keys.outbox(0);
    private RedisConnections connections;
    private Jedis redis;
    private Database database;
    private final List<Archive> started = new ArrayList<>();

    /** Of its own, because it is flushed and its clients are cut. */
    @BeforeAll
    static void startRedis() {
        server = TestRedis.start();
    }

    @AfterAll
    static void stopRedis() {
        server.close();
    }

    @BeforeEach
    void open() {
        connections = server.connections();
        redis = server.open();
        database = TestPostgres.pool(url, 4);
    }

    @AfterEach
    void close() {
        stop();
        database.close();
        redis.close();
    }

    private Archive start(String name) {
        Archive archive = archive(keys, connections, database, name);
        archive.start();
        started.add(archive);
        return archive;
    }

    private void stop() {
        started.forEach(Archive::close);
        started.clear();
    }

    private void eventuallyEmpty() {
        eventually("the outbox is drained", () -> redis.xlen(keys.outbox(0)) + redis.xlen(keys.outbox(1)) == 0);
        eventually(
                "nothing is pending",
                () -> redis.xpending(stream, RedisKeys.OUTBOX_GROUP).getTotal() == 0);
    }

    private List<String> query(String sql) {
        return TestPostgres.query(url, sql);
    }

    private UUID ask(int number) {
        UUID id = id(Instant.now());
        String outbox = keys.outbox(number % 2);
        add(redis, outbox, opened(id, ALICE, "question " + number));
        if (number % 3 == 0) {
            add(redis, outbox, checkpoint(id, "ans"));
        }
        add(redis, outbox, done(id, "answer " + number));
        return id;
    }

    private void assertEachOnce(int count) {
        assertThat(query("select count(*), count(distinct i.content), count(distinct r.content) from inputs i"
                        + " join responses r on r.input_id = i.id where r.status = 'done'"
                        + " and replace(i.content, 'question', 'answer') = r.content"))
                .containsExactly(count + "|" + count + "|" + count);
        assertThat(query("select count(*) from responses")).containsExactly(Integer.toString(count));
    }

    @Test
    void consumersThatAreGoneAreForgottenUnlessTheyHoldSomething() {
        var mine = new Outbox(redis, stream, "mine", ArchiveTestSupport.CODEC);
        mine.createGroup();
        redis.xgroupCreateConsumer(stream, RedisKeys.OUTBOX_GROUP, "gone");
        add(redis, stream, opened(id(Instant.now()), ALICE, "question"));
        assertThat(new Outbox(redis, stream, "holding", ArchiveTestSupport.CODEC).fresh(10, 1))
                .hasSize(1);
        redis.xgroupCreateConsumer(stream, RedisKeys.OUTBOX_GROUP, "mine");

        assertThat(mine.forgetConsumers(3_600_000)).isZero();
        assertThat(mine.forgetConsumers(0)).isEqualTo(1);
        assertThat(redis.xinfoConsumers2(stream, RedisKeys.OUTBOX_GROUP))
                .extracting(StreamConsumerInfo::getName)
                .containsExactlyInAnyOrder("holding", "mine");
    }

    /** An outage of Postgres may leave any number of them. */
    @Test
    void largeEntriesAreReadFewAtATime() {
        var outbox = new Outbox(redis, stream, "mine", ArchiveTestSupport.CODEC);
        outbox.createGroup();
        String large = "x".repeat(1 << 19);
        for (int i = 0; i < 100; i++) {
            add(redis, stream, opened(id(Instant.now()), ALICE, large));
        }
        assertThat(outbox.fresh(500, 1)).hasSize(32);
        assertThat(outbox.fresh(500, 1)).hasSize(32);
        assertThat(outbox.pending(500)).hasSize(32);
    }

    @Test
    void smallEntriesAreReadManyAtATimeAndInOrder() {
        var outbox = new Outbox(redis, stream, "mine", ArchiveTestSupport.CODEC);
        outbox.createGroup();
        List<UUID> ids = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            ids.add(id(Instant.now()));
            add(redis, stream, opened(ids.getLast(), ALICE, "question"));
        }
        assertThat(outbox.fresh(70, 1)).extracting(read -> read.entry().id()).isEqualTo(ids.subList(0, 70));
        assertThat(outbox.fresh(70, 1)).extracting(read -> read.entry().id()).isEqualTo(ids.subList(70, 100));
        assertThat(outbox.fresh(70, 1)).isEmpty();
        assertThat(outbox.pending(500)).extracting(read -> read.entry().id()).isEqualTo(ids);
    }

    @Test
    void everyExchangeIsStoredOnceThroughRestarts() {
        for (int round = 0; round < 4; round++) {
            start("one");
            for (int i = 0; i < 100; i++) {
                ask(round * 100 + i);
            }
            stop();
        }
        start("one");
        eventuallyEmpty();
        stop();
        assertEachOnce(400);
    }

    @Test
    void connectionsThatAreCutAtAnyMomentLoseAndDoubleNothing() {
        start("one");
        for (int i = 0; i < 400; i++) {
            ask(i);
            if (i % 10 == 0) {
                query("select pg_terminate_backend(pid) from pg_stat_activity"
                        + " where application_name = 'gpt-broker' and datname = current_database()");
            }
            if (i % 15 == 0) {
                redis.clientKill(new ClientKillParams().type(ClientType.NORMAL).skipMe(ClientKillParams.SkipMe.YES));
            }
        }
        eventuallyEmpty();
        stop();
        assertEachOnce(400);
    }

    @Test
    void whatWasCommittedButNotAcknowledgedIsStoredOnce() throws Exception {
        UUID id = ask(0);
        var outbox = new Outbox(redis, stream, "one", ArchiveTestSupport.CODEC);
        outbox.createGroup();
        List<Delivery> delivered = outbox.fresh(10, 100);
        assertThat(delivered).hasSize(3);
        new BatchWriter(database, new Partitions(database), ArchiveTestSupport.METERS, InstantSource.system())
                .store(delivered);
        assertThat(query("select status from responses where input_id = '" + id + "'"))
                .containsExactly("done");
        start("one");
        eventuallyEmpty();
        stop();
        assertEachOnce(1);
    }

    @Test
    void anEndDoesNotWaitForTheNextEntry() {
        start("one");
        eventually("both wait", () -> redis.info("clients").contains("\r\nblocked_clients:2\r\n"));
        redis.configSet("slowlog-log-slower-than", "0"); // notes every command
        redis.slowlogReset();
        stop();
        redis.configSet("slowlog-log-slower-than", "10000");
        assertThat(redis.slowlogGet(128))
                .extracting(Slowlog::getArgs)
                .filteredOn(words -> words.contains("UNBLOCK"))
                .hasSize(2);
    }

    @Test
    void aFlushedRedisIsTakenUpAgain() {
        start("one");
        ask(0);
        eventuallyEmpty();
        redis.flushAll();
        ask(2);
        eventually(
                "the new stream is drained",
                () -> query("select count(*) from inputs").equals(List.of("2")));
        redis.xgroupDestroy(stream, RedisKeys.OUTBOX_GROUP);
        ask(4);
        eventually(
                "the new group is drained",
                () -> query("select count(*) from inputs where content ~ '4'").equals(List.of("1")));
        stop();
    }

    @Test
    void garbageInTheOutboxStopsNobody() {
        byte[] garbage = {0, (byte) 0xff, '{'};
        start("one");
        ask(0);
        add(redis, stream, garbage);
        redis.xadd(stream, StreamEntryID.NEW_ENTRY, Map.of("other", "field"));
        ask(2);
        eventuallyEmpty();
        stop();
        assertEachOnce(2);
        assertThat(query("select encode(raw, 'hex') from archive_dead order by entry_id"))
                .containsExactly("00ff7b", "6669656c64");
    }

    @Test
    void entriesDeletedWhilePendingAreForgotten() {
        var outbox = new Outbox(redis, stream, "one", ArchiveTestSupport.CODEC);
        outbox.createGroup();
        ask(0);
        List<Delivery> delivered = outbox.fresh(10, 100);
        redis.xdel(stream, delivered.get(1).entryId());
        start("one");
        eventuallyEmpty();
        stop();
        assertEachOnce(1);
        assertThat(query("select count(*) from archive_dead")).containsExactly("0");
    }

    @Test
    void twoInstancesShareTheWorkAndInheritFromADeadOne() {
        var dead = new Outbox(redis, stream, "dead", ArchiveTestSupport.CODEC);
        dead.createGroup();
        ask(0);
        for (Delivery left : dead.fresh(10, 100)) {
            redis.xclaim(stream, RedisKeys.OUTBOX_GROUP, "dead", 0, new XClaimParams().idle(60_000), left.entryId());
        }
        start("one");
        start("two");
        for (int i = 1; i < 300; i++) {
            ask(i);
        }
        eventuallyEmpty();
        stop();
        assertEachOnce(300);
    }

    @Test
    void chargesWaitForWhatIsBeingStored() throws Exception {
        Archive archive = start("one");
        for (int i = 0; i < 200; i++) {
            ask(i);
        }
        UUID running = id(Instant.now());
        add(redis, stream, opened(running, ALICE, "running"));
        eventuallyEmpty();
        Charges.Charged charged = archive.charges().since(Instant.now().minusSeconds(3_600));
        assertThat(charged.sums().get(ALICE.toString()).units()).isEqualTo(200);
        assertThat(charged.open()).extracting(Charges.Open::id).containsExactly(running);
        add(redis, stream, closed(running, Status.PARTIAL_UPSTREAM, "so far", 1));
        eventuallyEmpty();
        assertThat(archive.charges().isFinal(running)).isTrue();
        stop();
    }

    @Test
    void lagIsWhatWaitsInRedis() {
        var probe = new LagProbe(
                connections,
                List.of(keys.outbox(0), keys.outbox(1)),
                ArchiveTestSupport.METERS,
                InstantSource.system(),
                new Stop());
        probe.measure(redis);
        assertThat(probe.entries()).isZero();
        assertThat(probe.seconds()).isZero();
        redis.xadd(keys.outbox(1), new StreamEntryID(System.currentTimeMillis() - 60_000, 0), Map.of("e", "old"));
        add(redis, stream, "new".getBytes(UTF_8));
        probe.measure(redis);
        assertThat(probe.entries()).isEqualTo(2);
        assertThat(probe.seconds()).isBetween(60.0, 600.0);
    }
}
