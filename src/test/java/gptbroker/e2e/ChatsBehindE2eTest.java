package gptbroker.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import gptbroker.archive.Entry;
import gptbroker.archive.EntryCodec;
import gptbroker.archive.Status;
import gptbroker.store.RedisKeys;
import gptbroker.testing.Eventually;
import gptbroker.testing.TestPostgres;
import gptbroker.testing.TestRedis;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.StreamEntryID;
import redis.clients.jedis.params.XAddParams;

/** Turns without an end of which the archive does not know either, because it is far behind. */
class ChatsBehindE2eTest {
    private static final Duration SOON = Duration.ofSeconds(60);
    private static final String MESSAGE = "insert into broker_messages (id, chat_id, seq, user_id, prompt, model, otr,"
            + " created_at, updated_at) values ('%s', '%s', %d, '%s', 'hello', 'gpt-4', false,"
            + " now() - interval '11 minutes', now() - interval '11 minutes')";

    private static UUID id(Instant time) {
        var random = UUID.randomUUID();
        return new UUID(time.toEpochMilli() << 16 | 0x7000, random.getLeastSignificantBits());
    }

    @Test
    void aTurnThatTheArchiveHasStillToLearnOfIsNotGivenUp() throws Exception {
        String prefix = "behind-" + UUID.randomUUID();
        try (Rig rig = Rig.start(Map.of("ADDRESS_RATE_LIMIT", "0", "REDIS_PREFIX", prefix));
                Jedis redis = TestRedis.shared().open();
                var busy = TestPostgres.connect(rig.database());
                var statement = busy.createStatement()) {
            var talker = new Talker(rig);
            String chat = talker.chat();
            busy.setAutoCommit(false);
            statement.execute("lock table erased_users in exclusive mode"); // the archive waits for it, chats do not
            Instant then = Instant.now().minus(Duration.ofMinutes(11));
            UUID waiting = id(then);
            String outbox = new RedisKeys(prefix, 1).outbox(0);
            add(redis, outbox, then, opened(waiting, then, talker.id));
            add(redis, outbox, then.plusSeconds(1), closed(waiting, then));
            Eventually.within(SOON, "measured", () -> behind(rig));
            UUID ended = id(Instant.now());
            TestPostgres.execute(
                    rig.database(),
                    "insert into responses (id, input_id, content, text_rank, \"timestamp\", status, status_rank, units)"
                            + " values ('%1$s', '%1$s', 'known', 3, now(), 'done', 3, 1)".formatted(ended),
                    MESSAGE.formatted(waiting, chat, 1_000, talker.id),
                    MESSAGE.formatted(ended, chat, 1_001, talker.id));

            String replies =
                    "select coalesce(reply, 'none') from broker_messages where chat_id = '" + chat + "' order by seq";
            rig.archived(replies.replace("order", "and reply is not null order"), List.of("known"));
            assertThat(rig.archive(replies)).containsExactly("none", "known");
            busy.rollback();
            rig.archived(replies, List.of("late", "known"));
        }
    }

    private static boolean behind(Rig rig) {
        return rig.internal("/metrics")
                .body()
                .lines()
                .anyMatch(line -> line.startsWith("gpt_broker_archive_lag_entries") && line.contains(" 2"));
    }

    private static void add(Jedis redis, String outbox, Instant time, Entry entry) {
        redis.xadd(
                outbox.getBytes(StandardCharsets.UTF_8),
                XAddParams.xAddParams().id(new StreamEntryID(time.toEpochMilli(), 0)),
                Map.of(RedisKeys.OUTBOX_FIELD.getBytes(StandardCharsets.UTF_8), new EntryCodec().encode(entry)));
    }

    private static Entry opened(UUID id, Instant at, UUID user) {
        return new Entry.Opened(
                id, at, "supabase_user", user.toString(), Optional.of(user), "/chat/prompt", "gpt-4", "hello");
    }

    private static Entry closed(UUID id, Instant at) {
        return new Entry.Closed(
                id,
                at.plusSeconds(1),
                Status.DONE,
                Optional.of("late"),
                1,
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                1_000,
                Optional.empty(),
                Optional.empty());
    }
}
