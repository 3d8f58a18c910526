package gptbroker.dev;

import gptbroker.config.Secret;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A real redis-server under the data folder: password, loopback only, every write on disk before its reply
 * ({@code appendfsync always}), nothing ever evicted. Thread-safe.
 */
public final class EmbeddedRedis implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(EmbeddedRedis.class);
    private static final String PROGRAM = "redis-server";
    private static final Duration READY = Duration.ofSeconds(60);
    private static final Duration STOP = Duration.ofSeconds(20);
    private static final int PROBE_MILLIS = 1_000;
    private static final Pattern VERSION = Pattern.compile("v=(\\d+)\\.");

    private final Process process;
    private final int port;
    private final String password;
    private final Path logFile;

    private EmbeddedRedis(Process process, int port, String password, Path logFile) {
        this.process = process;
        this.port = port;
        this.password = password;
        this.logFile = logFile;
    }

    /** Starts on the data of last time; a server that a killed broker left behind is stopped first. */
    public static EmbeddedRedis start(DataDir data) {
        return start(data, data.path().resolve("bin"));
    }

    /**
     * The same with another folder for the unpacked program.
     *
     * @throws DevException when no redis-server runs here or it does not come up; the message holds its last words
     */
    public static EmbeddedRedis start(DataDir data, Path binaries) {
        var folder = data.folder("redis");
        stopLeftBehind(folder);
        var program = new RedisProgram(new Binaries(binaries)).find();
        refuseDowngrade(program, folder);
        int port = data.port("redis");
        var password = data.secret("redis");
        try {
            DataDir.writePrivate(folder.resolve("redis.conf"), configuration(port, password));
        } catch (IOException e) {
            throw new DevException("The Redis configuration cannot be written: " + e.getMessage(), e);
        }
        var logFile = folder.resolve("redis.log");
        var process = ServerProcess.start(
                List.of(program.toString(), folder.resolve("redis.conf").toString()), folder, logFile);
        var redis = new EmbeddedRedis(process, port, password, logFile);
        redis.awaitReady();
        return redis;
    }

    private static void stopLeftBehind(Path folder) {
        for (var left : ServerProcess.inFolder(PROGRAM, folder)) {
            log.info("Taking over Redis data from a broker that was killed (pid {})", left.pid());
            ServerProcess.stop(left, STOP);
        }
    }

    /** Redis 7 keeps its log in files that Redis 6 does not see: it would start empty, without a word. */
    private static void refuseDowngrade(Path program, Path folder) {
        var version = VERSION.matcher(ServerProcess.run(List.of(program.toString(), "--version"), folder, ""));
        int major = version.find() ? Integer.parseInt(version.group(1)) : 0;
        if (major < 7 && Files.isDirectory(folder.resolve("appendonlydir"))) {
            throw new DevException("The Redis data in " + folder + " was written by a newer Redis than " + program
                    + "; put that one on the PATH and remove " + program + ", or remove the data");
        }
    }

    private static String configuration(int port, String password) {
        return """
                bind 127.0.0.1
                port %d
                requirepass %s
                appendonly yes
                appendfsync always
                no-appendfsync-on-rewrite no
                save ""
                maxmemory-policy noeviction
                daemonize no
                """.formatted(port, password);
    }

    private void awaitReady() {
        long end = System.nanoTime() + READY.toNanos();
        while (!answers()) {
            if (!process.isAlive() || System.nanoTime() > end) {
                process.destroyForcibly();
                throw new DevException("redis-server did not start; its last words:\n" + ServerProcess.tail(logFile));
            }
            Pause.briefly();
        }
    }

    /** PING by hand: Jedis belongs to the store. Loading and wrong-password replies do not count as an answer. */
    private boolean answers() {
        try (var socket = new Socket()) {
            socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), PROBE_MILLIS);
            socket.setSoTimeout(PROBE_MILLIS);
            socket.getOutputStream().write(("AUTH " + password + "\r\nPING\r\n").getBytes(StandardCharsets.US_ASCII));
            var reader = new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.US_ASCII));
            return "+OK".equals(reader.readLine()) && "+PONG".equals(reader.readLine());
        } catch (IOException e) {
            return false;
        }
    }

    /** {@code redis://:password@127.0.0.1:port/0}. */
    public Secret url() {
        return new Secret("redis://:" + password + "@127.0.0.1:" + port + "/0");
    }

    /** The port on loopback; the same after a restart unless someone else took it. */
    public int port() {
        return port;
    }

    /** The server's process id, for faults in tests. */
    public long pid() {
        return process.pid();
    }

    /** Stops the server; its data is on disk. Returns when the process is gone. */
    @Override
    public void close() {
        ServerProcess.stop(process.toHandle(), STOP);
    }
}
