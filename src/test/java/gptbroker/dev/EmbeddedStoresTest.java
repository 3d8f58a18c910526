package gptbroker.dev;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import gptbroker.config.Secret;
import gptbroker.store.RedisConnections;
import gptbroker.testing.Scratch;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import redis.clients.jedis.Jedis;

class EmbeddedStoresTest {
    private static final Path BINARIES = Path.of("target", "dev-binaries").toAbsolutePath();
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    @TempDir
    Path folder;

    @Test
    void redisKeepsItsDataAndItsPortAcrossStarts() throws IOException {
        int port;
        try (var data = DataDir.open(folder);
                var redis = EmbeddedRedis.start(data, BINARIES);
                var jedis = redis(redis.url())) {
            port = redis.port();
            jedis.set("answer", "42");
            assertThat(jedis.configGet("appendfsync")).containsEntry("appendfsync", "always");
            assertThat(jedis.configGet("maxmemory-policy")).containsEntry("maxmemory-policy", "noeviction");
            assertPrivate(folder);
        }
        try (var data = DataDir.open(folder);
                var redis = EmbeddedRedis.start(data, BINARIES);
                var jedis = redis(redis.url())) {
            assertThat(redis.port()).isEqualTo(port);
            assertThat(jedis.get("answer")).isEqualTo("42");
        }
    }

    @Test
    void redisSurvivesKill() {
        try (var data = DataDir.open(folder)) {
            var first = EmbeddedRedis.start(data, BINARIES);
            try (var jedis = redis(first.url())) {
                jedis.set("answer", "42");
            }
            kill(first.pid());
            first.close();
            try (var second = EmbeddedRedis.start(data, BINARIES);
                    var jedis = redis(second.url())) {
                assertThat(jedis.get("answer")).isEqualTo("42");
            }
        }
    }

    @Test
    void redisRefusesAWrongPassword() {
        try (var data = DataDir.open(folder);
                var redis = EmbeddedRedis.start(data, BINARIES)) {
            var wrong = new Secret("redis://:wrong@127.0.0.1:" + redis.port());
            assertThatThrownBy(() -> redis(wrong)).hasMessageContaining("WRONGPASS");
        }
    }

    @Test
    void postgresKeepsItsDataItsPortAndItsPasswordAcrossStarts() throws Exception {
        int port;
        try (var data = DataDir.open(folder);
                var postgres = EmbeddedPostgres.start(data, BINARIES);
                var connection = postgres(postgres.url())) {
            port = postgres.port();
            connection.createStatement().execute("create table t as select 'grün' as word");
            assertPrivate(folder);
        }
        try (var data = DataDir.open(folder);
                var postgres = EmbeddedPostgres.start(data, BINARIES)) {
            assertThat(postgres.port()).isEqualTo(port);
            assertThat(word(postgres.url())).isEqualTo("grün");

            var wrong = new Secret("postgresql://broker:wrong@127.0.0.1:" + port + "/broker");
            assertThatThrownBy(() -> postgres(wrong)).hasMessageContaining("password authentication failed");
        }
    }

    @Test
    void postgresSurvivesKill() throws Exception {
        try (var data = DataDir.open(folder)) {
            var first = EmbeddedPostgres.start(data, BINARIES);
            try (var connection = postgres(first.url())) {
                connection.createStatement().execute("create table t as select 'grün' as word");
            }
            kill(first.pid());
            first.close();
            try (var second = EmbeddedPostgres.start(data, BINARIES)) {
                assertThat(word(second.url())).isEqualTo("grün");
            }
        }
    }

    @Test
    void postgresRunsAsNobodyWhereRootHasNoNamespaces() throws Exception {
        var nobody = new RunAs.User(65_534, 65_534);
        assumeTrue("root".equals(System.getProperty("user.name")), "only root can become another user");
        var reachable = Scratch.folder("gpt-broker-nobody");
        Files.setPosixFilePermissions(reachable, PosixFilePermissions.fromString("rwxr-xr-x"));
        try (var data = DataDir.open(reachable)) {
            nobody.own(data.folder("postgres"));
            try (var postgres = EmbeddedPostgres.start(data);
                    var connection = postgres(postgres.url())) {
                assertThat(connection.isValid(30)).isTrue();
                assertThat(Files.getAttribute(Path.of("/proc/" + postgres.pid()), "unix:uid"))
                        .isEqualTo(65_534);
            }
        } finally {
            Scratch.remove(reachable);
        }
    }

    @Test
    void secondBrokerOnOneFolderIsRefused() {
        try (var data = DataDir.open(folder)) {
            assertThat(data.path()).exists();
            assertThatThrownBy(() -> DataDir.open(folder))
                    .isInstanceOf(DevException.class)
                    .hasMessageContaining("in use by another broker");
        }
        DataDir.open(folder).close();
    }

    @Test
    void nextBrokerTakesOverFromAKilledOne() throws Exception {
        var broker = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:TieredStopAtLevel=1",
                        "-cp",
                        System.getProperty("java.class.path"),
                        KilledBroker.class.getName(),
                        folder.toString(),
                        BINARIES.toString())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        List<String> pids;
        try (var output = broker.inputReader()) {
            var line = output.lines().filter(each -> each.startsWith("pids ")).findFirst();
            pids = List.of(line.orElseThrow().substring("pids ".length()).split(" "));
            assertThatThrownBy(() -> DataDir.open(folder)).hasMessageContaining("in use by another broker");
            broker.destroyForcibly();
            assertThat(broker.waitFor(60, TimeUnit.SECONDS)).isTrue();
        }
        assertThat(pids).allMatch(pid -> alive(Long.parseLong(pid)), "survives its broker");
        try (var data = DataDir.open(folder);
                var redis = EmbeddedRedis.start(data, BINARIES);
                var postgres = EmbeddedPostgres.start(data, BINARIES);
                var jedis = redis(redis.url())) {
            // The system may take a moment to reap what has no parent any more.
            assertThat(pids)
                    .allMatch(pid -> ProcessHandle.of(Long.parseLong(pid))
                            .map(left -> ServerProcess.ended(left, PATIENCE))
                            .orElse(true));
            assertThat(jedis.get("word")).isEqualTo("grün");
            assertThat(word(postgres.url())).isEqualTo("grün");
        }
        assertThat(ServerProcess.inFolder("redis-server", folder.toRealPath().resolve("redis")))
                .isEmpty();
    }

    /** Starts both stores, writes to them, tells their process ids, and waits to be killed. */
    static final class KilledBroker {
        public static void main(String[] args) throws Exception {
            var data = DataDir.open(Path.of(args[0]));
            var redis = EmbeddedRedis.start(data, Path.of(args[1]));
            var postgres = EmbeddedPostgres.start(data, Path.of(args[1]));
            redis(redis.url()).set("word", "grün");
            postgres(postgres.url()).createStatement().execute("create table t as select 'grün' as word");
            System.out.println("pids " + redis.pid() + " " + postgres.pid());
            System.in.read();
        }
    }

    private static Jedis redis(Secret url) {
        return new RedisConnections(url).open("test", PATIENCE);
    }

    private static Connection postgres(Secret url) throws SQLException {
        var uri = URI.create(url.reveal());
        var user = uri.getUserInfo().split(":");
        return DriverManager.getConnection(
                "jdbc:postgresql://" + uri.getHost() + ":" + uri.getPort() + uri.getPath(), user[0], user[1]);
    }

    private static String word(Secret url) throws SQLException {
        try (var connection = postgres(url);
                var rows = connection.createStatement().executeQuery("select word from t")) {
            rows.next();
            return rows.getString(1);
        }
    }

    private static boolean alive(long pid) {
        return ProcessHandle.of(pid).map(ProcessHandle::isAlive).orElse(false);
    }

    private static void kill(long pid) {
        var process = ProcessHandle.of(pid).orElseThrow();
        process.destroyForcibly();
        assertThat(ServerProcess.ended(process, PATIENCE)).isTrue();
    }

    private static void assertPrivate(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder.resolve("secrets"))) {
            assertThat(files)
                    .allSatisfy(file -> assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                            .isEqualTo("rw-------"));
        }
    }
}
