package gptbroker.testing;

import gptbroker.config.Secret;
import gptbroker.store.RedisConnections;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.exceptions.JedisException;
import redis.embedded.core.ExecutableProvider;

/**
 * A real redis-server on loopback, durable as production's: {@code appendonly yes}, {@code appendfsync always},
 * {@code noeviction}. {@link #shared()} is one for all tests; {@link #start()} makes one that a test may kill.
 */
public final class TestRedis implements AutoCloseable {
    private static final Duration START_WITHIN = Duration.ofSeconds(20);
    private static @Nullable TestRedis shared;

    private final Path directory;
    private final int port;
    private final List<String> settings;
    private @Nullable Process process;

    private TestRedis(List<String> settings) {
        this.directory = Scratch.folder("test-redis");
        this.port = Ports.free();
        this.settings = settings;
    }

    /** The instance that all tests of this process share; use {@link #flush()} or own key prefixes. */
    public static synchronized TestRedis shared() {
        if (shared == null) {
            shared = start();
            Runtime.getRuntime().addShutdownHook(new Thread(shared::close));
        }
        return shared;
    }

    /** A private instance; {@code settings} are further command line words, such as {@code --maxmemory 10mb}. */
    public static TestRedis start(String... settings) {
        var redis = new TestRedis(List.of(settings));
        redis.restart();
        return redis;
    }

    /** The address, as {@code REDIS_URL}. */
    public String url() {
        return "redis://127.0.0.1:" + port;
    }

    /** The port, which stays the same over restarts. */
    public int port() {
        return port;
    }

    /** Connections to this server. */
    public RedisConnections connections() {
        return new RedisConnections(new Secret(url()));
    }

    /** A connection of the test's own. */
    public Jedis open() {
        return connections().open("test", Duration.ofSeconds(10));
    }

    /** Empties it, scripts stay. */
    public void flush() {
        try (Jedis jedis = open()) {
            jedis.flushAll();
        }
    }

    /** {@code kill -9}; returns when the process is gone. */
    public void kill() {
        Process running = process;
        if (running != null) {
            running.destroyForcibly();
            await(running);
        }
    }

    /** Stops ({@code STOP}) or continues ({@code CONT}) the process. */
    public void signal(String name) {
        try {
            new ProcessBuilder("kill", "-" + name, Long.toString(pid())).start().waitFor();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /** The process id. */
    public long pid() {
        if (process == null) {
            throw new IllegalStateException("not started");
        }
        return process.pid();
    }

    /** Starts it (again) on the same port and directory; returns when it answers. */
    public void restart() {
        List<String> command = new ArrayList<>(List.of(Binary.PATH.toString(), "--port", Integer.toString(port)));
        command.addAll(List.of("--bind", "127.0.0.1", "--dir", directory.toString(), "--save", ""));
        command.addAll(List.of("--appendonly", "yes", "--appendfsync", "always"));
        command.addAll(List.of("--maxmemory-policy", "noeviction"));
        command.addAll(settings);
        try {
            process = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(directory.resolve("redis.log").toFile())
                    .start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        Eventually.within(START_WITHIN, "Redis answers", this::answers);
    }

    /** Kills it and removes its files. */
    @Override
    public void close() {
        kill();
        Scratch.remove(directory);
    }

    private boolean answers() {
        try (Jedis jedis = open()) {
            return jedis.ping().equals("PONG");
        } catch (JedisException e) {
            return false;
        }
    }

    private static void await(Process process) {
        try {
            if (!process.waitFor(60, TimeUnit.SECONDS)) {
                throw new IllegalStateException("redis-server does not die");
            }
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /** The binary out of the embedded-redis jar: its own wrapper hides the process that we want to kill. */
    private static final class Binary {
        static final Path PATH = extract();

        private static Path extract() {
            try {
                return ExecutableProvider.newJarResourceProvider().get().toPath();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}
