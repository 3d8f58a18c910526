package gptbroker.testing;

import gptbroker.config.Secret;
import gptbroker.store.Database;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

/**
 * A real Postgres. {@link #shared} is one server for all tests of a run, in which each test makes its own
 * {@link #database}; {@link #start} is a server of one's own, to be stopped, killed and started again with the same port
 * and data.
 */
public final class TestPostgres implements AutoCloseable {
    private static final AtomicInteger DATABASES = new AtomicInteger();
    private static final Duration TIMEOUT = Duration.ofSeconds(60);

    private final Path data;
    private final int port;
    private EmbeddedPostgres server;

    private TestPostgres(Path data) throws IOException {
        this.data = data;
        this.port = Ports.free();
        this.server = boot();
    }

    /** The server that all tests share; it ends with the process. */
    public static TestPostgres shared() {
        return Shared.SERVER;
    }

    /** A server of one's own; close it. */
    public static TestPostgres start() {
        try {
            return new TestPostgres(Template.copy());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Starts again after {@link #stop} or {@link #kill}. */
    public void restart() {
        try {
            server = boot();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private EmbeddedPostgres boot() throws IOException {
        return EmbeddedPostgres.builder()
                .setPort(port)
                .setDataDirectory(data)
                .setCleanDataDirectory(false)
                .setRegisterShutdownHook(false)
                .setPGStartupWait(TIMEOUT)
                .start();
    }

    /** A fast shutdown: sessions are cut, data is flushed. Returns when it has ended, however busy the machine is. */
    public void stop() {
        Optional<ProcessHandle> running = postmaster();
        try {
            server.close(); // gives up waiting after five seconds
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        running.ifPresent(TestPostgres::awaitEnd);
    }

    /** {@code kill -9} of the postmaster; returns when all of its processes are gone. */
    public void kill() {
        List<ProcessHandle> family = family();
        family.getFirst().destroyForcibly();
        family.forEach(TestPostgres::awaitEnd);
        stop(); // lets go of the data folder's lock
    }

    private static void awaitEnd(ProcessHandle process) {
        try {
            process.onExit().get(TIMEOUT.toSeconds(), TimeUnit.SECONDS);
        } catch (InterruptedException | ExecutionException | TimeoutException e) {
            throw new IllegalStateException("process " + process.pid() + " survived", e);
        }
    }

    /** Stops ({@code STOP}) or continues ({@code CONT}) all of its processes. */
    public void signal(String name) {
        try {
            for (ProcessHandle process : family()) {
                new ProcessBuilder("kill", "-" + name, Long.toString(process.pid()))
                        .start()
                        .waitFor();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private List<ProcessHandle> family() {
        ProcessHandle postmaster = postmaster().orElseThrow();
        return Stream.concat(Stream.of(postmaster), postmaster.descendants()).toList();
    }

    /** Its process; empty when it has ended in order. */
    private Optional<ProcessHandle> postmaster() {
        try {
            String pid = Files.readAllLines(data.resolve("postmaster.pid")).getFirst();
            return ProcessHandle.of(Long.parseLong(pid.strip()));
        } catch (NoSuchFileException ended) {
            return Optional.empty();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Makes an empty database and returns its {@code DATABASE_URL}. */
    public Secret database() {
        return database("template1");
    }

    /** The same with our tables in it, as a broker that was here before has left them. */
    public Secret migrated() {
        return database(Template.MIGRATED);
    }

    private Secret database(String template) {
        String name = "test_" + DATABASES.incrementAndGet();
        execute(url("postgres"), "create database " + name + " template " + template);
        return url(name);
    }

    /** The address of a database on this server, existing or not. */
    public Secret url(String database) {
        return new Secret("postgresql://postgres:postgres@localhost:" + port + "/" + database);
    }

    /** A pool that has found its server: a request's one second may be short for that on a busy machine. Close it. */
    public static Database pool(Secret url, int size) {
        var database = new Database(url, size, true);
        Eventually.within(TIMEOUT, "Postgres answers", database::ready);
        return database;
    }

    /** A connection outside any pool. */
    public static Connection connect(Secret url) throws SQLException {
        return DriverManager.getConnection(
                url.reveal().replaceFirst("//.*@", "//").replace("postgresql:", "jdbc:postgresql:"),
                "postgres",
                "postgres");
    }

    /** Runs statements one by one. */
    public static void execute(Secret url, String... statements) {
        try (Connection connection = connect(url);
                Statement statement = connection.createStatement()) {
            for (String sql : statements) {
                statement.execute(sql);
            }
        } catch (SQLException e) {
            throw new IllegalStateException(e.getMessage(), e);
        }
    }

    /** The rows of a query, columns joined by {@code |}, null as {@code -}. */
    public static List<String> query(Secret url, String sql) {
        var rows = new ArrayList<String>();
        try (Connection connection = connect(url);
                Statement statement = connection.createStatement();
                ResultSet result = statement.executeQuery(sql)) {
            int columns = result.getMetaData().getColumnCount();
            while (result.next()) {
                var row = new ArrayList<String>();
                for (int i = 1; i <= columns; i++) {
                    String value = result.getString(i);
                    row.add(value == null ? "-" : value);
                }
                rows.add(String.join("|", row));
            }
        } catch (SQLException e) {
            throw new IllegalStateException(e.getMessage(), e);
        }
        return rows;
    }

    /** Stops it and removes its files. */
    @Override
    public void close() {
        stop();
        Scratch.remove(data);
    }

    /** When all tests are over: hundreds of databases, whose removal nobody should have to wait for. */
    private void discard() {
        if (postmaster().isPresent()) {
            family().forEach(ProcessHandle::destroyForcibly);
        }
        try {
            new ProcessBuilder("rm", "-rf", data.toString())
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** What all servers begin with; made once, as it takes seconds. */
    private static final class Template {
        static final String MIGRATED = "migrated";
        private static final Path DATA = make();

        private static Path make() {
            try {
                var server = new TestPostgres(Scratch.folder("template-postgres"));
                Runtime.getRuntime().addShutdownHook(new Thread(() -> Scratch.remove(server.data)));
                execute(server.url("postgres"), "create database " + MIGRATED);
                try (var database = new Database(server.url(MIGRATED), 1, true)) {
                    database.migrate();
                }
                server.stop();
                return server.data;
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            } catch (SQLException e) {
                throw new IllegalStateException(e.getMessage(), e);
            }
        }

        static Path copy() throws IOException {
            Path copy = Scratch.folder("test-postgres");
            try (Stream<Path> files = Files.walk(DATA)) {
                for (Path file : (Iterable<Path>) files.skip(1)::iterator) {
                    Files.copy(file, copy.resolve(DATA.relativize(file)), StandardCopyOption.COPY_ATTRIBUTES);
                }
            }
            return copy;
        }
    }

    private static final class Shared {
        static final TestPostgres SERVER = start();

        static {
            Runtime.getRuntime().addShutdownHook(new Thread(SERVER::discard));
        }
    }
}
