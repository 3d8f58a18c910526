package gptbroker.archive;

import static gptbroker.archive.ArchiveTestSupport.ALICE;
import static gptbroker.archive.ArchiveTestSupport.NOW;
import static gptbroker.archive.ArchiveTestSupport.delivery;
import static gptbroker.archive.ArchiveTestSupport.id;
import static gptbroker.archive.ArchiveTestSupport.opened;
import static org.assertj.core.api.Assertions.assertThat;

import gptbroker.config.Secret;
import gptbroker.store.Database;
import gptbroker.testing.TestPostgres;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.LocalDate;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class PartitionsTest {
    private final Secret url = TestPostgres.shared().database();
    private final Database database = TestPostgres.pool(url, 4);
    private final Partitions partitions = new Partitions(database);

    @AfterEach
    void close() {
        database.close();
    }

    private Housekeeper housekeeper(int retentionDays) {
        return new Housekeeper(database, partitions, retentionDays, InstantSource.fixed(NOW), new Stop());
    }

    @Test
    void theDaysAheadAreMade() throws SQLException {
        housekeeper(0).clean();
        housekeeper(0).clean();
        assertThat(partitions.days())
                .extracting(LocalDate::toString)
                .containsExactly("2026-11-20", "2026-11-21", "2026-11-22", "2026-11-23");
    }

    @Test
    void rowsLieInTheDayOfTheirId() throws SQLException {
        var writer = new BatchWriter(database, partitions, ArchiveTestSupport.METERS, InstantSource.fixed(NOW));
        Instant midnight = Instant.parse("2026-11-20T00:00:00Z");
        writer.store(List.of(
                delivery(opened(id(midnight.minusMillis(1)), ALICE, "late")),
                delivery(opened(id(midnight), ALICE, "early"))));
        assertThat(TestPostgres.query(url, "select content from inputs_20261119"))
                .containsExactly("late");
        assertThat(TestPostgres.query(url, "select content from inputs_20261120"))
                .containsExactly("early");
        assertThat(TestPostgres.query(url, "select count(*) from responses_20261119"))
                .containsExactly("1");
    }

    @Test
    void retentionDropsWholeDays() throws SQLException {
        var writer = new BatchWriter(database, partitions, ArchiveTestSupport.METERS, InstantSource.fixed(NOW));
        for (int age = 0; age < 10; age++) {
            writer.store(List.of(delivery(opened(id(NOW.minus(Duration.ofDays(age))), ALICE, "age " + age))));
        }
        housekeeper(0).clean();
        assertThat(TestPostgres.query(url, "select count(*) from inputs")).containsExactly("10");
        housekeeper(7).clean();
        assertThat(TestPostgres.query(url, "select content from inputs order by id"))
                .containsExactly("age 7", "age 6", "age 5", "age 4", "age 3", "age 2", "age 1", "age 0");
        assertThat(TestPostgres.query(url, "select to_regclass('responses_20261112')"))
                .containsExactly("-");
        writer.store(List.of(delivery(opened(id(NOW.minus(Duration.ofDays(9))), ALICE, "age 9"))));
        assertThat(TestPostgres.query(url, "select count(*) from inputs_20261111"))
                .containsExactly("1");
    }

    @Test
    void manyMayMakeTheSameDay() throws Exception {
        database.migrate();
        List<LocalDate> days = List.of(LocalDate.of(2026, 11, 20), LocalDate.of(2026, 11, 21));
        Callable<Void> make = () -> {
            new Partitions(database).ensure(days);
            return null;
        };
        try (var executor = Executors.newVirtualThreadPerTaskExecutor()) {
            for (var made :
                    executor.invokeAll(IntStream.range(0, 4).mapToObj(i -> make).toList())) {
                made.get();
            }
        }
        assertThat(partitions.days()).containsExactlyElementsOf(days);
    }

    @Test
    void aUsersHistoryAndADaysChargesComeFromIndexes() throws SQLException {
        housekeeper(0).clean();
        String history = plan("select * from inputs where user_id = '" + ALICE + "' order by id desc limit 20");
        assertThat(history).contains("inputs_20261120_user_id_id_idx").doesNotContain("Sort");
        String charges = plan("select caller_id, sum(units) from responses where input_id >= '"
                + Uuid7.floor(Instant.parse("2026-11-22T00:00:00Z")) + "' group by caller_id");
        assertThat(charges).contains("responses_20261122").doesNotContain("responses_20261120");
    }

    /** With so few rows, only a planner that may not scan or sort shows what the indexes are good for. */
    private String plan(String query) {
        String name = TestPostgres.query(url, "select current_database()").getFirst();
        for (String method : List.of("seqscan", "bitmapscan", "sort")) {
            TestPostgres.execute(url, "alter database " + name + " set enable_" + method + " = off");
        }
        return String.join("\n", TestPostgres.query(url, "explain " + query));
    }
}
