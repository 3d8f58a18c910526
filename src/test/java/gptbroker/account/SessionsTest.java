package gptbroker.account;

import static org.assertj.core.api.Assertions.assertThat;

import gptbroker.config.Secret;
import gptbroker.identity.Caller;
import gptbroker.store.Database;
import gptbroker.testing.TestPostgres;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class SessionsTest {
    private static Secret url;
    private static Database database;
    private static Sessions sessions;

    @BeforeAll
    static void open() throws SQLException {
        url = TestPostgres.shared().database();
        database = TestPostgres.pool(url, 4);
        database.migrate();
        sessions = new Sessions(database, Duration.ofDays(365));
    }

    @AfterAll
    static void close() {
        database.close();
    }

    private static UUID user() {
        UUID id = UUID.randomUUID();
        TestPostgres.execute(
                url,
                "insert into broker_users (id, username, username_key) values ('" + id + "', '" + id + "', '" + id
                        + "')");
        return id;
    }

    private static Sessions.Opened opened(UUID user) throws SQLException {
        return database.transaction(connection -> sessions.open(connection, user));
    }

    private static Optional<Caller> find(Sessions.Opened session) throws NoSuchAlgorithmException {
        byte[] token = session.token().reveal().getBytes(StandardCharsets.UTF_8);
        return sessions.find(MessageDigest.getInstance("SHA-256").digest(token));
    }

    @Test
    void aSessionStandsForItsUserUntilItEnds() throws Exception {
        UUID user = user();
        Sessions.Opened session = opened(user);
        Caller caller = find(session).orElseThrow();
        assertThat(caller.id()).isEqualTo(user.toString());
        assertThat(caller.userId()).hasValue(user);
        assertThat(caller.kind()).isEqualTo(Caller.Kind.SESSION);
        assertThat(caller.tier()).isEqualTo("local");
        assertThat(caller.expiresAt()).isEqualTo(session.expiresAt());
        assertThat(session.toString()).doesNotContain(session.token().reveal());
        TestPostgres.execute(
                url, "update broker_sessions set expires_at = now() - interval '1 s' where user_id = '" + user + "'");
        assertThat(find(session)).isEmpty();
        assertThat(sessions.of(user)).isEmpty();
    }

    @Test
    void theOldestEndBeyondFifty() throws Exception {
        UUID user = user();
        Sessions.Opened first = opened(user);
        for (int i = 0; i < 49; i++) {
            opened(user);
        }
        assertThat(find(first)).isPresent();
        Sessions.Opened last = opened(user);
        assertThat(find(first)).isEmpty();
        assertThat(find(last)).isPresent();
        assertThat(sessions.of(user)).hasSize(50);
        assertThat(sessions.closeAll(user)).isEqualTo(50);
        assertThat(find(last)).isEmpty();
    }

    @Test
    void whatHasEndedIsClearedAway() throws Exception {
        UUID gone = user();
        opened(gone);
        TestPostgres.execute(
                url, "update broker_sessions set expires_at = now() - interval '1 s' where user_id = '" + gone + "'");
        opened(user());
        assertThat(TestPostgres.query(url, "select count(*) from broker_sessions where user_id = '" + gone + "'"))
                .isEqualTo(List.of("0"));
    }
}
