package gptbroker.account;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import gptbroker.config.Secret;
import gptbroker.identity.Caller;
import gptbroker.problem.Problem;
import gptbroker.problem.ProblemCode;
import gptbroker.store.Database;
import gptbroker.testing.TestPostgres;
import java.sql.Connection;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class UsersTest {
    private static Database database;
    private static Secret url;

    /** Remembers whose first group was asked for. */
    private static final class Recorded implements Membership {
        private final Queue<String> founded = new ConcurrentLinkedQueue<>();

        @Override
        public void found(Connection connection, UUID user, String name) {
            founded.add(user + " " + name);
        }

        @Override
        public ArrayNode of(Connection connection, UUID user) {
            return JsonNodeFactory.instance.arrayNode();
        }
    }

    @BeforeAll
    static void open() {
        url = TestPostgres.shared().database();
        database = TestPostgres.pool(url, 4);
    }

    @AfterAll
    static void close() {
        database.close();
    }

    private static Caller caller(UUID id, Caller.Kind kind, Optional<UUID> user) {
        return new Caller(id.toString(), kind, Caller.DEFAULT_TIER, false, user, Instant.MAX);
    }

    @Test
    void aSupabaseUserGetsOneAccountAndOneGroupHoweverManyAskAtOnce() throws Exception {
        var groups = new Recorded();
        var users = new Users(database, groups);
        UUID id = UUID.randomUUID();
        Callable<User> ensure = () -> users.ensure(caller(id, Caller.Kind.SUPABASE_USER, Optional.of(id)));
        try (ExecutorService threads = Executors.newFixedThreadPool(4)) {
            for (Future<User> made :
                    threads.invokeAll(Stream.generate(() -> ensure).limit(16).toList())) {
                assertThat(made.get().id()).isEqualTo(id);
                assertThat(made.get().supabase()).isTrue();
                assertThat(made.get().username()).isEmpty();
            }
        }
        assertThat(groups.founded).containsExactly(id + " Personal");
        assertThat(TestPostgres.query(url, "select external_id from broker_users where id = '" + id + "'"))
                .isEqualTo(List.of(id.toString()));
        assertThat(users.find(id)).isPresent();
        assertThat(users.find(UUID.randomUUID())).isEmpty();
    }

    @Test
    void whoIsNoUserHasNoAccount() {
        var users = new Users(database, Membership.NONE);
        assertThatThrownBy(() -> users.ensure(caller(UUID.randomUUID(), Caller.Kind.ADMIN, Optional.empty())))
                .isInstanceOfSatisfying(
                        Problem.class, problem -> assertThat(problem.code()).isEqualTo(ProblemCode.ACCESS_DENIED));
    }
}
