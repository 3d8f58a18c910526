package gptbroker.archive;

import static gptbroker.archive.ArchiveTestSupport.ALICE;
import static gptbroker.archive.ArchiveTestSupport.BOB;
import static gptbroker.archive.ArchiveTestSupport.NOW;
import static gptbroker.archive.ArchiveTestSupport.checkpoint;
import static gptbroker.archive.ArchiveTestSupport.closed;
import static gptbroker.archive.ArchiveTestSupport.delivery;
import static gptbroker.archive.ArchiveTestSupport.done;
import static gptbroker.archive.ArchiveTestSupport.id;
import static gptbroker.archive.ArchiveTestSupport.opened;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import gptbroker.archive.Entry.Closed;
import gptbroker.archive.Entry.Opened;
import gptbroker.config.Secret;
import gptbroker.store.Database;
import gptbroker.testing.TestPostgres;
import java.sql.SQLException;
import java.time.Instant;
import java.time.InstantSource;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import redis.clients.jedis.StreamEntryID;

class BatchWriterTest {
    private static final String RESPONSES = """
            select status, status_rank, coalesce(content, '-'), units, coalesce(caller_id, '-'),
              coalesce(prompt_tokens::text, '-'), coalesce(latency_ms::text, '-')
            from responses order by input_id""";

    private final Secret url = TestPostgres.shared().database();
    private final UUID id = id(NOW);
    private Database database;
    private BatchWriter writer;
    private Charges charges;

    @BeforeEach
    void open() {
        database = TestPostgres.pool(url, 4);
        writer = new BatchWriter(
                database, new Partitions(database), ArchiveTestSupport.METERS, InstantSource.fixed(NOW));
        charges = new Charges(database, () -> {});
    }

    @AfterEach
    void close() {
        database.close();
    }

    private void store(Entry... entries) throws SQLException {
        writer.store(Stream.of(entries).map(ArchiveTestSupport::delivery).toList());
    }

    private List<String> query(String sql) {
        return TestPostgres.query(url, sql);
    }

    @Test
    void anOpenRecordMakesBothRowsAndChargesOne() throws SQLException {
        store(opened(id, ALICE, "hello"));
        assertThat(query("select content, user_id, caller_kind, endpoint, model, \"timestamp\" = '" + NOW
                        + "' from inputs"))
                .containsExactly("hello|" + ALICE + "|SUPABASE_USER|/|gpt-4o-mini|t");
        assertThat(query(RESPONSES)).containsExactly("open|0|-|1|" + ALICE + "|-|-");
    }

    @Test
    void theCloseRecordCompletesTheRow() throws SQLException {
        store(opened(id, ALICE, "hello"));
        store(done(id, "hi"));
        assertThat(query(RESPONSES)).containsExactly("done|3|hi|1|" + ALICE + "|7|5000");
        assertThat(query("select finish_reason, upstream_id, first_token_ms, completion_tokens, input_id = id,"
                        + " cost_usd, error_code from responses"))
                .containsExactly("stop|chatcmpl-1|300|11|t|-|-");
    }

    @Test
    void aCloseRecordAloneIsKeptUntilItsOpenRecordComes() throws SQLException {
        store(done(id, "hi"));
        assertThat(query(RESPONSES)).containsExactly("done|3|hi|1|-|7|5000");
        store(opened(id, ALICE, "hello"));
        assertThat(query(RESPONSES)).containsExactly("done|3|hi|1|" + ALICE + "|7|5000");
        assertThat(query("select user_id from responses")).containsExactly(ALICE.toString());
    }

    @Test
    void aFinalRecordReplacesAnInterruptedOneAndNotTheOtherWayRound() throws SQLException {
        store(opened(id, ALICE, "hello"), closed(id, Status.INTERRUPTED, null, 1));
        store(closed(id, Status.PARTIAL_CLIENT, "half", 1));
        store(closed(id, Status.INTERRUPTED, null, 1), opened(id, ALICE, "hello"));
        assertThat(query(RESPONSES)).containsExactly("partial_client|3|half|1|" + ALICE + "|7|5000");
    }

    @Test
    void anInterruptedRecordKeepsTheLongestCheckpoint() throws SQLException {
        store(opened(id, ALICE, "hello"), checkpoint(id, "one two"));
        store(checkpoint(id, "one"));
        assertThat(query(RESPONSES)).containsExactly("open|1|one two|1|" + ALICE + "|-|-");
        store(closed(id, Status.INTERRUPTED, null, 1));
        store(checkpoint(id, "one two three"));
        assertThat(query(RESPONSES)).containsExactly("interrupted|2|one two three|1|" + ALICE + "|7|5000");
    }

    @Test
    void anEmptyAnswerIsNotAnAbsentOne() throws SQLException {
        store(opened(id, ALICE, ""), done(id, ""));
        assertThat(query("select content = '' from responses")).containsExactly("t");
    }

    @Test
    void anyOrderAnyBatchesAndRepetitionsEndInTheSameRows() throws SQLException {
        var random = new Random(42);
        var ids = new ArrayList<UUID>();
        for (int round = 0; round < 60; round++) {
            UUID exchange = id(NOW.plusMillis(round));
            ids.add(exchange);
            boolean interrupted = round % 2 == 0;
            List<Entry> records = new ArrayList<>(List.of(
                    opened(exchange, ALICE, "question"),
                    opened(exchange, ALICE, "question"),
                    checkpoint(exchange, "a"),
                    checkpoint(exchange, "ab"),
                    checkpoint(exchange, "abc"),
                    closed(exchange, Status.INTERRUPTED, null, 1)));
            if (!interrupted) {
                records.add(closed(exchange, Status.DONE, "ab!", 1));
                records.add(closed(exchange, Status.DONE, "ab!", 1));
            }
            Collections.shuffle(records, random);
            for (int from = 0; from < records.size(); ) {
                int to = Math.min(records.size(), from + 1 + random.nextInt(4));
                store(records.subList(from, to).toArray(Entry[]::new));
                from = to;
            }
        }
        assertThat(query("select distinct status, content, content_exact, caller_id, user_id, units from responses"
                        + " order by 1"))
                .containsExactly(
                        "done|ab!|-|" + ALICE + "|" + ALICE + "|1", "interrupted|abc|-|" + ALICE + "|" + ALICE + "|1");
        assertThat(query("select count(*) from inputs")).containsExactly("60");
        assertThat(query("select count(*) from responses")).containsExactly("60");
    }

    @Test
    void whatTextCannotHoldIsKeptExact() throws Exception {
        String nasty = "a\u0000b \ud800 \ud83d\ude00 c\udc00";
        store(opened(id, ALICE, nasty), done(id, nasty));
        for (String table : List.of("inputs", "responses")) {
            assertThat(query("select content from " + table)).containsExactly("a\uFFFDb \uFFFD \ud83d\ude00 c\uFFFD");
            String hex =
                    query("select encode(content_exact, 'hex') from " + table).getFirst();
            byte[] exact = HexFormat.of().parseHex(hex);
            assertThat(new ObjectMapper().readValue(exact, String.class)).isEqualTo(nasty);
            assertThat(query("select json_typeof(convert_from(content_exact, 'UTF8')::json) from " + table))
                    .containsExactly("string");
        }
    }

    @Test
    void aMebibyteOfTextIsARowLikeAnyOther() throws SQLException {
        store(opened(id, ALICE, "é".repeat(1 << 20)), done(id, "x".repeat(8 << 20)));
        assertThat(query("select length(i.content), length(r.content) from inputs i, responses r"))
                .containsExactly((1 << 20) + "|" + (8 << 20));
    }

    @Test
    void poisonIsParkedAndItsNeighboursAreStored() throws SQLException {
        var batch = new ArrayList<Delivery>();
        for (int i = 0; i < 20; i++) {
            batch.add(delivery(opened(id(NOW.plusMillis(i)), ALICE, "good")));
        }
        Delivery tooLongForTheIndex = delivery(
                new Opened(id, NOW, "SUPABASE_USER", incompressible(100_000), Optional.empty(), "/", "m", "x"));
        Delivery outOfTime = delivery(new Entry.Checkpoint(id(NOW), Instant.MAX, "x"));
        byte[] garbage = "\u0000not an entry".getBytes(UTF_8);
        batch.add(3, tooLongForTheIndex);
        batch.add(7, outOfTime);
        batch.add(11, new Delivery("test", new StreamEntryID(1, 1), garbage, null));
        writer.store(batch);
        writer.store(batch);
        assertThat(query("select count(*) from inputs where content = 'good'")).containsExactly("20");
        assertThat(query("select count(*) from responses")).containsExactly("20");
        assertThat(query("select reason, exchange_id, stream from archive_dead order by reason"))
                .containsExactly(
                        "22009|" + outOfTime.decoded().orElseThrow().id() + "|test",
                        "54000|" + id + "|test",
                        "undecodable|-|test");
        assertThat(query("select encode(raw, 'hex') from archive_dead where reason = 'undecodable'"))
                .containsExactly(HexFormat.of().formatHex(garbage));
    }

    private static String incompressible(int length) {
        var random = new Random(1);
        return random.ints(length, 'a', 'z')
                .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                .toString();
    }

    @Test
    void aBrokenSchemaParksNothing() throws SQLException {
        store(opened(id, ALICE, "hello"));
        TestPostgres.execute(url, "alter table responses drop column model");
        assertThatThrownBy(() -> store(done(id, "hi"))).isInstanceOf(SQLException.class);
        assertThat(query("select count(*) from archive_dead")).containsExactly("0");
    }

    @Test
    void aDayThatWasDroppedBehindOurBackIsMadeAgain() throws SQLException {
        store(opened(id, ALICE, "hello"));
        TestPostgres.execute(url, "drop table inputs_20261120", "drop table responses_20261120");
        store(opened(id, ALICE, "hello"));
        assertThat(query("select count(*) from inputs_20261120")).containsExactly("1");
        assertThat(query("select count(*) from archive_dead")).containsExactly("0");
    }

    @Test
    void erasedUsersStayErased() throws SQLException {
        UUID answeredFirst = id(NOW);
        UUID other = id(NOW);
        UUID afterwards = id(NOW.plusSeconds(61));
        database.migrate();
        store(done(answeredFirst, "secret"));
        TestPostgres.execute(url, "insert into erased_users values ('" + ALICE + "', '" + NOW.plusSeconds(60) + "')");
        store(opened(id, ALICE, "secret"), opened(answeredFirst, ALICE, "secret"), opened(other, BOB, "kept"));
        store(done(id, "secret"), done(answeredFirst, "secret"), done(other, "kept"));
        store(opened(afterwards, ALICE, "kept"), done(afterwards, "kept"));
        assertThat(query("select distinct content from inputs")).containsExactly("kept");
        assertThat(query("select distinct content from responses")).containsExactly("kept");
        assertThat(query("select count(*) from inputs")).containsExactly("2");
        assertThat(query("select id from erased_exchanges"))
                .containsExactlyInAnyOrder(id.toString(), answeredFirst.toString());
    }

    @Test
    void chargesAreThoseOfTheDay() throws SQLException {
        UUID yesterday = id(NOW.minusSeconds(86_400));
        UUID running = id(NOW.plusMillis(5));
        store(opened(yesterday, ALICE, "x"), done(yesterday, "x"));
        for (int i = 0; i < 3; i++) {
            UUID exchange = id(NOW.plusMillis(i));
            store(opened(exchange, ALICE, "x"), done(exchange, "x"));
        }
        UUID refunded = id(NOW);
        store(opened(refunded, BOB, "x"), closed(refunded, Status.ERROR, null, 0));
        store(opened(running, BOB, "x"), checkpoint(running, "so far"));
        Charges.Charged charged = charges.since(NOW.minusSeconds(3_600));
        assertThat(charged.sums()).isEqualTo(Map.of(ALICE.toString(), units(3)));
        assertThat(charged.open())
                .containsExactly(new Charges.Open(running, BOB.toString(), units(1), NOW.plusMillis(5)));
        assertThat(charges.isFinal(running)).isFalse();
        assertThat(charges.isFinal(refunded)).isTrue();
        assertThat(charges.isFinal(id(NOW))).isFalse();
        assertThat(charges.closed(running)).isEmpty();
        store(closed(running, Status.INTERRUPTED, null, 1));
        assertThat(charges.isFinal(running)).isFalse();
        assertThat(charges.closed(running)).contains(units(1));
        store(done(running, "x"));
        assertThat(charges.isFinal(running)).isTrue();
    }

    @Test
    void anOpenCallCostsWhatItsOpenRecordSays() throws SQLException {
        UUID first = id(NOW);
        UUID second = id(NOW.plusMillis(1));
        store(dear(first));
        store(checkpoint(first, "so far"));
        store(checkpoint(second, "so far"));
        store(dear(second));
        assertThat(charges.since(NOW.minusSeconds(1)).open())
                .extracting(Charges.Open::held)
                .containsExactly(HELD, HELD);
        store(closed(first, Status.ERROR, null, 0));
        store(spent(second));
        store(dear(first), checkpoint(first, "late"));
        assertThat(charges.since(NOW.minusSeconds(1)).sums())
                .isEqualTo(Map.of(ALICE.toString(), new Charges.Amount(3, OptionalLong.of(70), 1_234_567_891)));
        assertThat(query("select charged_tokens, cost_usd, price_date, usage_estimated from responses order by id"))
                .containsExactly("-|-|-|f", "70|1.234567891|2026-01-01|t");
    }

    private static Charges.Amount units(long units) {
        return new Charges.Amount(units, OptionalLong.empty(), 0);
    }

    private static final Spent HOLD = new Spent(1_000, OptionalLong.of(5), Optional.empty(), true);
    private static final Charges.Amount HELD = new Charges.Amount(3, OptionalLong.of(1_000), 5);

    private static Closed spent(UUID id) {
        Closed closed = closed(id, Status.DONE, "all", 3);
        return new Closed(
                id,
                closed.at(),
                closed.status(),
                closed.output(),
                closed.units(),
                closed.usage(),
                closed.finishReason(),
                closed.upstreamId(),
                closed.latencyMillis(),
                closed.firstTokenMillis(),
                closed.errorCode(),
                Optional.of(new Spent(
                        70, OptionalLong.of(1_234_567_891), Optional.of(LocalDate.parse("2026-01-01")), true)));
    }

    private static Opened dear(UUID id) {
        return new Opened(
                id,
                NOW,
                "SUPABASE_USER",
                ALICE.toString(),
                Optional.of(ALICE),
                "/prompts/x",
                "m",
                "x",
                3,
                Optional.empty(),
                Optional.of(HOLD));
    }

    @Test
    void aCallFromBeforeMidnightIsStillOpen() throws SQLException {
        UUID running = id(NOW.minusSeconds(60));
        store(opened(running, BOB, "x"));
        Charges.Charged charged = charges.since(NOW);
        assertThat(charged.sums()).isEmpty();
        assertThat(charged.open()).extracting(Charges.Open::id).containsExactly(running);
    }
}
