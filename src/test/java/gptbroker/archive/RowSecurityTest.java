package gptbroker.archive;

import static gptbroker.archive.ArchiveTestSupport.ALICE;
import static gptbroker.archive.ArchiveTestSupport.BOB;
import static gptbroker.archive.ArchiveTestSupport.NOW;
import static gptbroker.archive.ArchiveTestSupport.delivery;
import static gptbroker.archive.ArchiveTestSupport.done;
import static gptbroker.archive.ArchiveTestSupport.id;
import static gptbroker.archive.ArchiveTestSupport.opened;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import gptbroker.config.Secret;
import gptbroker.testing.TestPostgres;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** The archive inside a database that looks like a Supabase project's: schema, roles and default grants. */
class RowSecurityTest {
    private static final String[] SUPABASE = {
        """
        do $$ begin
          if not exists (select from pg_roles where rolname = 'authenticated') then create role authenticated; end if;
          if not exists (select from pg_roles where rolname = 'anon') then create role anon; end if;
        end $$""",
        "create schema auth",
        """
        create function auth.uid() returns uuid language sql stable as
        $$ select nullif(current_setting('request.jwt.claims', true)::json ->> 'sub', '')::uuid $$""",
        "grant usage on schema public, auth to authenticated, anon",
        "alter default privileges in schema public grant all on tables to authenticated, anon",
    };

    private final Secret url = TestPostgres.shared().database();

    private void store() throws SQLException {
        try (var database = TestPostgres.pool(url, 2)) {
            var writer = new BatchWriter(
                    database, new Partitions(database), ArchiveTestSupport.METERS, InstantSource.fixed(NOW));
            for (UUID user : List.of(ALICE, ALICE, BOB)) {
                UUID id = id(NOW);
                writer.store(List.of(delivery(opened(id, user, "asked")), delivery(done(id, "answered"))));
            }
            UUID tomorrow = id(NOW.plus(Duration.ofDays(1)));
            writer.store(List.of(delivery(opened(tomorrow, BOB, "asked")), delivery(done(tomorrow, "stub"))));
        }
    }

    private List<String> as(String role, UUID user, String sql) throws SQLException {
        try (Connection connection = TestPostgres.connect(url);
                Statement statement = connection.createStatement()) {
            statement.execute("set role " + role);
            statement.execute("set request.jwt.claims = '{\"sub\":\"" + user + "\"}'");
            var rows = new ArrayList<String>();
            try (ResultSet result = statement.executeQuery(sql)) {
                while (result.next()) {
                    rows.add(result.getString(1));
                }
            }
            return rows;
        }
    }

    @Test
    void aUserReadsExactlyTheirOwnRows() throws SQLException {
        TestPostgres.execute(url, SUPABASE);
        store();
        for (String table : List.of("inputs", "responses")) {
            assertThat(as("authenticated", ALICE, "select user_id from " + table))
                    .containsExactly(ALICE.toString(), ALICE.toString());
            assertThat(as("authenticated", BOB, "select user_id from " + table)).hasSize(2);
            assertThat(as("authenticated", UUID.randomUUID(), "select user_id from " + table))
                    .isEmpty();
        }
        assertThat(as("authenticated", ALICE, "select day || ' ' || requests || ' ' || units from usage_by_day"))
                .containsExactly("2026-11-20 2 2");
        assertThat(as(
                        "authenticated",
                        BOB,
                        "select day || ' ' || requests || ' ' || units from usage_by_day order by 1"))
                .containsExactly("2026-11-20 1 1", "2026-11-21 1 1");
    }

    @Test
    void aDeclaredPromptIsNotShownToItsUsers() throws SQLException {
        TestPostgres.execute(url, SUPABASE);
        store();
        TestPostgres.execute(url, "update inputs set endpoint = '/prompts/x' where user_id = '" + BOB + "'");
        assertThat(as("authenticated", BOB, "select user_id from inputs")).isEmpty();
        assertThat(as("authenticated", BOB, "select user_id from responses")).hasSize(2);
        assertThat(as("authenticated", ALICE, "select user_id from inputs")).hasSize(2);
    }

    @Test
    void theDaysThemselvesShowNothing() throws SQLException {
        TestPostgres.execute(url, SUPABASE);
        store();
        assertThat(as("authenticated", ALICE, "select user_id from inputs_20261120"))
                .isEmpty();
        assertThat(as("anon", ALICE, "select user_id from responses_20261121")).isEmpty();
        assertThat(as("anon", ALICE, "select version from gptbroker_schema")).isEmpty();
    }

    @Test
    void noTableOfOursIsOpen() throws SQLException {
        TestPostgres.execute(url, SUPABASE);
        store();
        assertThat(TestPostgres.query(
                        url,
                        "select relname from pg_class where relkind in ('r', 'p') and relnamespace = 'public'::regnamespace"
                                + " and not relrowsecurity"))
                .isEmpty();
        assertThatThrownBy(() -> as("authenticated", ALICE, "select prompt from broker_messages"))
                .hasMessageContaining("permission denied");
    }

    @Test
    void nobodyElseReadsOrWrites() throws SQLException {
        TestPostgres.execute(url, SUPABASE);
        store();
        for (String table : List.of("inputs", "responses", "archive_dead", "erased_users", "usage_by_day")) {
            assertThatThrownBy(() -> as("anon", ALICE, "select count(*) from " + table))
                    .isInstanceOf(SQLException.class)
                    .hasMessageContaining("permission denied");
        }
        assertThatThrownBy(() -> as("authenticated", ALICE, "delete from inputs returning id"))
                .hasMessageContaining("permission denied");
        assertThatThrownBy(() -> as("authenticated", ALICE, "update responses set content = '' returning id"))
                .hasMessageContaining("permission denied");
        assertThat(TestPostgres.query(url, "select count(*) from inputs")).containsExactly("4");
    }

    @Test
    void aDatabaseMayBecomeASupabaseProjectLater() throws SQLException {
        store();
        TestPostgres.execute(url, SUPABASE);
        store();
        assertThat(as("authenticated", ALICE, "select user_id from inputs")).hasSize(4);
        TestPostgres.execute(url, "grant select on all tables in schema public to authenticated");
        assertThat(as("authenticated", ALICE, "select user_id from inputs_20261120"))
                .isEmpty();
    }

    @Test
    void withoutSupabaseNothingIsHidden() throws SQLException {
        store();
        assertThat(TestPostgres.query(url, "select count(*) from pg_class where relrowsecurity"))
                .containsExactly("0");
    }
}
