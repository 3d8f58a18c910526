package gptbroker.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import gptbroker.config.Secret;
import gptbroker.problem.Problem;
import gptbroker.problem.ProblemCode;
import gptbroker.testing.Eventually;
import gptbroker.testing.TestPostgres;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DatabaseTest {
    @ParameterizedTest
    @CsvSource(
            delimiter = ' ',
            nullValues = "-",
            value = {
                "postgresql://u:p@db:6543/name?sslmode=require db:6543 name u p ?sslmode=require",
                "postgres://u:p@db/name db name u p ''",
                "postgresql://u:p%40s%3As@[::1]:5432/n%20m [::1]:5432 'n m' u p@s:s ''",
                "postgresql://u:a@b+c:d/e%@db/name db name u a@b+c:d/e% ''",
                "postgresql://db?ssl=true db postgres - - ?ssl=true",
                "postgresql:///name localhost name - - ''",
            })
    void addressesAreReadAsLibpqReadsThem(
            String url, String address, String database, String user, String password, String query) {
        PostgresUrl parsed = PostgresUrl.parse(new Secret(url));
        assertThat(parsed.address()).isEqualTo(address);
        assertThat(parsed.database()).isEqualTo(database);
        assertThat(parsed.user()).isEqualTo(user);
        assertThat(parsed.password()).isEqualTo(password == null ? null : new Secret(password));
        assertThat(parsed.query()).isEqualTo(query);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "db", "mysql://u:hunter2@db/name", "jdbc:postgresql://u:hunter2@db/name"})
    void otherAddressesAreRefusedWithoutRepeatingThem(String url) {
        assertThatThrownBy(() -> new Database(new Secret(url), 1, true))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("DATABASE_URL must begin with postgresql://");
    }

    @Test
    void itCanBeMadeWhilePostgresIsAway() {
        try (var database = new Database(new Secret("postgresql://u:p@127.0.0.1:1/none"), 2, true)) {
            assertThat(database.ready()).isFalse();
            assertThatThrownBy(database::migrate).isInstanceOf(SQLException.class);
            assertThatThrownBy(() -> database.transaction(connection -> 1)).isInstanceOf(SQLException.class);
        }
    }

    @Test
    void migratingTwiceChangesNothing() throws Exception {
        Secret url = TestPostgres.shared().database();
        var histories = new ArrayList<List<String>>();
        for (int i = 0; i < 2; i++) {
            try (var database = new Database(url, 2, true)) {
                database.migrate();
                database.migrate();
                Eventually.isTrue("ready", database::ready);
            }
            histories.add(TestPostgres.query(
                    url, "select script, installed_on from gptbroker_schema where type = 'SQL' order by 1"));
        }
        assertThat(histories.getFirst()).isNotEmpty().isEqualTo(histories.getLast());
    }

    @Test
    void aRequestDoesNotWaitForAMigrationWithoutEnd() throws SQLException {
        Secret url = TestPostgres.shared().database();
        try (var first = new Database(url, 1, true)) {
            first.migrate();
        }
        try (var other = new Database(url, 1, false, Duration.ofMillis(200));
                var migrating = PostgresUrl.parse(url).dataSource().getConnection();
                var statement = migrating.createStatement()) {
            migrating.setAutoCommit(false);
            statement.execute("lock table inputs in access exclusive mode");
            for (int i = 0; i < 2; i++) {
                assertThatThrownBy(() -> other.answer(ProblemCode.ARCHIVE_UNAVAILABLE, connection -> 1))
                        .isInstanceOfSatisfying(
                                Problem.class,
                                problem -> assertThat(problem.code()).isEqualTo(ProblemCode.ARCHIVE_UNAVAILABLE));
            }
            migrating.rollback();
            other.migrate(); // the attempt under way, which both of them have left
            assertThat(other.<Integer>answer(ProblemCode.ARCHIVE_UNAVAILABLE, connection -> 1))
                    .isEqualTo(1);
        }
    }

    @Test
    void aSchemaWithOtherTablesIsNoObstacle() throws SQLException {
        Secret url = TestPostgres.shared().database();
        TestPostgres.execute(url, "create table users (id int)", "create table sessions (id int)");
        try (var database = new Database(url, 2, true)) {
            database.migrate();
        }
        assertThat(TestPostgres.query(url, "select count(*) from inputs")).containsExactly("0");
    }

    @Test
    void aSchemaThatCannotBeMadeRightIsNamedInOneLine() {
        Secret taken = TestPostgres.shared().database();
        TestPostgres.execute(taken, "create table inputs (id int)");
        try (var database = new Database(taken, 2, true)) {
            assertThatThrownBy(database::migrate)
                    .isInstanceOf(SchemaException.class)
                    .hasMessage("database migration failed: ERROR: relation \"inputs\" already exists");
        }
        assertThat(TestPostgres.query(taken, "select to_regclass('responses')")).containsExactly("-");
    }

    @Test
    void aMissingColumnOrTableIsFoundAtStart() throws SQLException {
        Secret url = TestPostgres.shared().database();
        try (var database = new Database(url, 2, false)) {
            assertThatThrownBy(database::migrate)
                    .isInstanceOf(SchemaException.class)
                    .hasMessageContaining("relation \"inputs\" does not exist");
        }
        try (var database = new Database(url, 2, true)) {
            database.migrate();
        }
        TestPostgres.execute(url, "alter table responses drop column units");
        try (var database = new Database(url, 2, true)) {
            assertThatThrownBy(database::migrate)
                    .isInstanceOf(SchemaException.class)
                    .hasMessageContaining("column \"units\" does not exist");
        }
    }

    @Test
    void statementsEndAfterFiveSecondsAndCommitsWaitForTheDisk() throws SQLException {
        Secret url = TestPostgres.shared().database();
        String name = TestPostgres.query(url, "select current_database()").getFirst();
        TestPostgres.execute(url, "alter database " + name + " set synchronous_commit = off");
        try (var database = TestPostgres.pool(url, 1)) {
            assertThat(setting(database, "statement_timeout")).isEqualTo("5s");
            assertThat(setting(database, "synchronous_commit")).isEqualTo("on");
        }
        TestPostgres.execute(url, "alter database " + name + " set synchronous_commit = remote_apply");
        try (var database = TestPostgres.pool(url, 1)) {
            assertThat(setting(database, "synchronous_commit")).isEqualTo("remote_apply");
        }
    }

    private static String setting(Database database, String name) throws SQLException {
        return database.transaction(connection -> {
            try (var statement = connection.createStatement();
                    var row = statement.executeQuery("show " + name)) {
                row.next();
                return row.getString(1);
            }
        });
    }

    @Test
    void aDatabaseThatDoesNotExistIsTheOperatorsToMend() {
        try (var database = new Database(TestPostgres.shared().url("nowhere"), 1, true)) {
            assertThatThrownBy(database::migrate)
                    .isInstanceOf(SchemaException.class)
                    .hasMessage("database refuses: FATAL: database \"nowhere\" does not exist");
        }
    }

    @Test
    void anEncodingThatCannotHoldEveryTextIsRefused() {
        TestPostgres.execute(
                TestPostgres.shared().url("postgres"),
                "create database ascii encoding 'SQL_ASCII' locale 'C' template template0");
        try (var database = new Database(TestPostgres.shared().url("ascii"), 1, true)) {
            assertThatThrownBy(database::migrate)
                    .isInstanceOf(SchemaException.class)
                    .hasMessage("database encoding is SQL_ASCII, the archive needs UTF8");
        }
    }
}
