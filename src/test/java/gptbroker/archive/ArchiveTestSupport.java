package gptbroker.archive;

import static java.nio.charset.StandardCharsets.UTF_8;

import gptbroker.archive.Entry.Checkpoint;
import gptbroker.archive.Entry.Closed;
import gptbroker.archive.Entry.Opened;
import gptbroker.config.BrokerConfig;
import gptbroker.ops.Meters;
import gptbroker.store.Database;
import gptbroker.store.RedisConnections;
import gptbroker.store.RedisKeys;
import gptbroker.testing.Eventually;
import gptbroker.upstream.Usage;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.BooleanSupplier;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.StreamEntryID;
import redis.clients.jedis.params.XAddParams;

/** What admission would write into the outbox, and an archive to read it. */
final class ArchiveTestSupport {
    static final Instant NOW = Instant.parse("2026-11-20T12:00:00Z");
    static final UUID ALICE = UUID.fromString("a11ce000-0000-4000-8000-000000000001");
    static final UUID BOB = UUID.fromString("b0b00000-0000-4000-8000-000000000002");
    /** One for all: meters of one name are one meter. */
    static final Meters METERS = new Meters();

    static final EntryCodec CODEC = new EntryCodec();
    static final BrokerConfig.Archive CONFIG =
            new BrokerConfig.Archive(0, 1_000_000, 500, Duration.ofSeconds(2), 16_384);
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private ArchiveTestSupport() {}

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
        return new Delivery("test", new StreamEntryID(1, sequence), raw, entry);
    }

    /** Waits for the consumer, whose pauses grow to seconds while a store is away. */
    static void eventually(String what, BooleanSupplier condition) {
        Eventually.within(PATIENCE, what, condition);
    }
}
