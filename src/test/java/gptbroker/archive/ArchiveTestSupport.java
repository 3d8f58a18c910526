package gptbroker.archive;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import gptbroker.archive.Entry.Checkpoint;
import gptbroker.archive.Entry.Closed;
import gptbroker.archive.Entry.Opened;
import gptbroker.config.BrokerConfig;
import gptbroker.config.Secret;
import gptbroker.ops.Meters;
import gptbroker.store.Database;
import gptbroker.store.RedisConnections;
import gptbroker.store.RedisKeys;
import gptbroker.upstream.Usage;
import java.io.IOException;
import java.net.ServerSocket;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.params.XAddParams;
import redis.embedded.RedisServer;

/** A Redis for the archive's tests, and what admission would write into it. */
final class ArchiveTestSupport {
    static final Instant NOW = Instant.parse("2026-11-20T12:00:00Z");
    static final UUID ALICE = UUID.fromString("a11ce000-0000-4000-8000-000000000001");
    static final UUID BOB = UUID.fromString("b0b00000-0000-4000-8000-000000000002");
    /** One for all: meters of one name are one meter. */
    static final Meters METERS = new Meters();

    static final EntryCodec CODEC = new EntryCodec();
    static final BrokerConfig.Archive CONFIG =
            new BrokerConfig.Archive(0, 1_000_000, 500, Duration.ofSeconds(2), 16_384);
    private static final Duration DEADLINE = Duration.ofSeconds(40);

    private ArchiveTestSupport() {}

    static RedisServer startRedis() throws IOException {
        int port;
        try (var socket = new ServerSocket(0)) {
            port = socket.getLocalPort();
        }
        RedisServer server = RedisServer.newRedisServer()
                .port(port)
                .bind("127.0.0.1")
                .setting("save \"\"")
                .setting("appendonly no")
                .build();
        server.start();
        return server;
    }

    static RedisConnections connections(RedisServer server) {
        return new RedisConnections(
                new Secret("redis://127.0.0.1:" + server.ports().getFirst()));
    }

    static BrokerConfig.Redis redisConfig(RedisKeys keys) {
        return new BrokerConfig.Redis(Optional.empty(), keys.prefix(), keys.partitions(), Duration.ofMillis(250), 2);
    }

    static Archive archive(RedisKeys keys, RedisConnections connections, Database database, String name) {
        return new Archive(CONFIG, redisConfig(keys), connections, database, METERS, name, InstantSource.system());
    }

    static void add(Jedis redis, String stream, byte[] raw) {
        redis.xadd(
                stream.getBytes(UTF_8), XAddParams.xAddParams(), Map.of(RedisKeys.OUTBOX_FIELD.getBytes(UTF_8), raw));
    }

    static void add(Jedis redis, String stream, Entry entry) {
        add(redis, stream, CODEC.encode(entry));
    }

    /** A UUIDv7 of that time. */
    static UUID id(Instant time) {
        var random = ThreadLocalRandom.current();
        long most = time.toEpochMilli() << 16 | 0x7000 | random.nextInt(0x1000);
        return new UUID(most, random.nextLong() & 0x3FFF_FFFF_FFFF_FFFFL | 0x8000_0000_0000_0000L);
    }

    static Opened opened(UUID id, UUID user, String input) {
        return new Opened(
                id, Uuid7.time(id), "SUPABASE_USER", user.toString(), Optional.of(user), "/", "gpt-4o-mini", input);
    }

    static Checkpoint checkpoint(UUID id, String output) {
        return new Checkpoint(id, Uuid7.time(id).plusSeconds(2), output);
    }

    static Closed closed(UUID id, Status status, String output, int units) {
        return new Closed(
                id,
                Uuid7.time(id).plusSeconds(5),
                status,
                Optional.ofNullable(output),
                units,
                Optional.of(new Usage(7, 11)),
                Optional.of("stop"),
                Optional.of("chatcmpl-1"),
                5_000,
                Optional.of(300L),
                Optional.empty());
    }

    static Closed done(UUID id, String output) {
        return closed(id, Status.DONE, output, 1);
    }

    static Delivery delivery(Entry entry) {
        byte[] raw = CODEC.encode(entry);
        long sequence = ThreadLocalRandom.current().nextLong(Long.MAX_VALUE);
        return new Delivery("test", new redis.clients.jedis.StreamEntryID(1, sequence), raw, entry);
    }

    /** Polls until it holds. */
    static void eventually(String what, BooleanSupplier condition) {
        long deadline = System.nanoTime() + DEADLINE.toNanos();
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime()).as(what).isLessThan(deadline);
            LockSupport.parkNanos(20_000_000);
        }
    }
}
