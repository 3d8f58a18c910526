package gptbroker.dev;

import gptbroker.config.Secret;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A real Postgres under the data folder: SCRAM password, loopback only, no Unix socket, default durability (a commit is
 * on disk). Works as root too, see {@link RunAs}. Thread-safe.
 */
public final class EmbeddedPostgres implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(EmbeddedPostgres.class);
    private static final String NAME = "broker";
    private static final Duration READY = Duration.ofSeconds(120);
    private static final Duration STOP = Duration.ofSeconds(30);
    private static final int STATUS_LINE = 7;

    private final Process process;
    private final Cluster cluster;
    private final int port;
    private final String password;

    /**
     * Where one Postgres lives and who runs it.
     *
     * @param home the unpacked programs
     * @param folder holds the data folder and the log
     */
    private record Cluster(Path home, Path folder, RunAs runAs) {
        Path data() {
            return folder.resolve("data");
        }

        Path logFile() {
            return folder.resolve("postgres.log");
        }

        List<String> command(String program, String... arguments) {
            var words = new ArrayList<String>();
            words.add(home.resolve("bin").resolve(program).toString());
            words.addAll(List.of(arguments));
            return runAs.wrap(words);
        }
    }

    private EmbeddedPostgres(Process process, Cluster cluster, int port, String password) {
        this.process = process;
        this.cluster = cluster;
        this.port = port;
        this.password = password;
    }

    /** Starts on the data of last time; a server that a killed broker left behind is stopped first. */
    public static EmbeddedPostgres start(DataDir data) {
        return start(data, data.path().resolve("bin"));
    }

    /**
     * The same with another folder for the unpacked programs.
     *
     * @throws DevException when Postgres does not run here or does not come up; the message holds its last words
     */
    public static EmbeddedPostgres start(DataDir data, Path binaries) {
        var home = home(new Binaries(binaries));
        var folder = data.folder("postgres");
        var cluster = new Cluster(home, folder, RunAs.forFolder(folder));
        var password = data.secret("postgres");
        try {
            stopLeftBehind(cluster);
            if (Files.notExists(cluster.data())) {
                create(cluster, password);
            }
            refuseOtherVersion(cluster);
        } catch (IOException e) {
            throw new DevException("The Postgres data in " + folder + " cannot be prepared: " + e.getMessage(), e);
        }
        int port = data.port("postgres");
        var process = ServerProcess.start(
                cluster.command(
                        "postgres",
                        "-D",
                        cluster.data().toString(),
                        "-p",
                        Integer.toString(port),
                        "-c",
                        "listen_addresses=127.0.0.1",
                        "-c",
                        "unix_socket_directories=",
                        "-c",
                        "logging_collector=off",
                        "-c",
                        "log_min_messages=warning"),
                cluster.data(),
                cluster.logFile());
        var postgres = new EmbeddedPostgres(process, cluster, port, password);
        postgres.awaitReady();
        return postgres;
    }

    private static Path home(Binaries binaries) {
        try {
            return PostgresPrograms.find(binaries);
        } catch (NoClassDefFoundError e) {
            throw new DevException("No Postgres is packaged here (the container image has none); set DATABASE_URL", e);
        }
    }

    private static void stopLeftBehind(Cluster cluster) throws IOException {
        if (ServerProcess.inFolder("postgres", cluster.data()).isEmpty()) {
            // Nobody works here, so the file is of a dead server, whose number another process may have by now.
            Files.deleteIfExists(cluster.data().resolve("postmaster.pid"));
            return;
        }
        log.info("Taking over Postgres data from a broker that was killed");
        stop(cluster);
        for (var left : ServerProcess.inFolder("postgres", cluster.data())) {
            // Deaf even to pg_ctl, so stopped or stuck; what was committed is on disk all the same.
            left.destroyForcibly();
            if (!ServerProcess.ended(left, STOP)) {
                throw new DevException("A Postgres (pid " + left.pid() + ") still works in " + cluster.data());
            }
        }
    }

    /** Aside and then renamed: a broker killed meanwhile leaves nothing that looks like a database. */
    private static void create(Cluster cluster, String password) throws IOException {
        var next = cluster.folder().resolve("data.new");
        DataDir.deleteAll(next);
        var passwordFile = cluster.folder().resolve("password");
        DataDir.writePrivate(passwordFile, password);
        cluster.runAs().own(passwordFile);
        try {
            ServerProcess.run(
                    cluster.command(
                            "initdb",
                            "-D",
                            next.toString(),
                            "-U",
                            NAME,
                            "-A",
                            "scram-sha-256",
                            "--pwfile=" + passwordFile,
                            "-E",
                            "UTF8",
                            "--locale-provider=builtin",
                            "--builtin-locale=C.UTF-8",
                            "--no-instructions"),
                    cluster.folder(),
                    "");
        } finally {
            Files.deleteIfExists(passwordFile);
        }
        ServerProcess.run(
                cluster.command("postgres", "--single", "-D", next.toString(), "postgres"),
                cluster.folder(),
                "CREATE DATABASE " + NAME + "\n");
        Files.move(next, cluster.data(), StandardCopyOption.ATOMIC_MOVE);
    }

    private static void refuseOtherVersion(Cluster cluster) throws IOException {
        var data = Files.readString(cluster.data().resolve("PG_VERSION")).strip();
        var program = ServerProcess.run(cluster.command("postgres", "--version"), cluster.folder(), "");
        if (!program.contains(" " + data + ".")) {
            throw new DevException("The data in " + cluster.data() + " is of Postgres " + data + ", packaged is "
                    + program.strip() + "; dump and restore it, or choose another DATA_DIR");
        }
    }

    private void awaitReady() {
        long end = System.nanoTime() + READY.toNanos();
        while (!status().startsWith("ready")) {
            if (!process.isAlive() || System.nanoTime() > end) {
                process.destroyForcibly();
                throw new DevException(
                        "Postgres did not start; its last words:\n" + ServerProcess.tail(cluster.logFile()));
            }
            Pause.briefly();
        }
    }

    private String status() {
        var lines = pidFile();
        return lines.size() > STATUS_LINE ? lines.get(STATUS_LINE) : "";
    }

    private List<String> pidFile() {
        try {
            return Files.readAllLines(cluster.data().resolve("postmaster.pid"));
        } catch (IOException e) {
            return List.of();
        }
    }

    /** {@code postgresql://broker:password@127.0.0.1:port/broker}; the user owns the database and the server. */
    public Secret url() {
        return new Secret("postgresql://" + NAME + ":" + password + "@127.0.0.1:" + port + "/" + NAME);
    }

    /** The port on loopback; the same after a restart unless someone else took it. */
    public int port() {
        return port;
    }

    /** The postmaster's process id, for faults in tests; that of its last start when it is dead. */
    public long pid() {
        var lines = pidFile();
        return lines.isEmpty() ? process.pid() : Long.parseLong(lines.getFirst().strip());
    }

    /** Stops the server, cutting its connections; its data is on disk. Returns when the process is gone. */
    @Override
    public void close() {
        if (process.isAlive()) {
            stop(cluster);
        }
        if (!ServerProcess.ended(process.toHandle(), STOP)) {
            process.destroyForcibly();
        }
    }

    private static void stop(Cluster cluster) {
        var data = cluster.data().toString();
        if (!ServerProcess.succeeds(cluster.command("pg_ctl", "stop", "-D", data, "-m", "fast", "-t", "20"))) {
            ServerProcess.succeeds(cluster.command("pg_ctl", "stop", "-D", data, "-m", "immediate", "-t", "5"));
        }
    }
}
