package gptbroker.archive;

import static gptbroker.archive.ArchiveTestSupport.ALICE;
import static gptbroker.archive.ArchiveTestSupport.CODEC;
import static gptbroker.archive.ArchiveTestSupport.NOW;
import static gptbroker.archive.ArchiveTestSupport.checkpoint;
import static gptbroker.archive.ArchiveTestSupport.closed;
import static gptbroker.archive.ArchiveTestSupport.done;
import static gptbroker.archive.ArchiveTestSupport.id;
import static gptbroker.archive.ArchiveTestSupport.opened;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import gptbroker.archive.Entry.Closed;
import gptbroker.archive.Entry.Opened;
import gptbroker.upstream.Usage;
import java.time.Instant;
import java.time.LocalDate;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class EntryCodecTest {
    private final UUID id = id(NOW);

    static Stream<String> nastyStrings() {
        return Stream.of(
                "",
                "plain",
                "\"quoted\" \\ / \b\f\n\r\t",
                "\u0000",
                "a\u0000b\u0001\u001f\u007f\u0080",
                "\ud800",
                "\udc00",
                "\udc00\ud800",
                "\ud83d\ude00 \ud83d",
                "\uFEFF\uFFFD\uFFFE\uFFFF\u2028\u2029",
                "漢字 \ud842\udfb7 é e\u0301 \u202e",
                "{\"v\":1}",
                "x\ud800".repeat(100_000),
                "é".repeat(1 << 20));
    }

    @ParameterizedTest
    @MethodSource("nastyStrings")
    void everyStringSurvives(String text) throws Undecodable {
        assertThat(roundTrip(opened(id, ALICE, text))).isEqualTo(opened(id, ALICE, text));
        assertThat(roundTrip(checkpoint(id, text))).isEqualTo(checkpoint(id, text));
        assertThat(roundTrip(done(id, text))).isEqualTo(done(id, text));
    }

    @Test
    void randomCharactersSurvive() throws Undecodable {
        var random = new Random(7);
        for (int i = 0; i < 200; i++) {
            char[] characters = new char[random.nextInt(20_000)];
            for (int k = 0; k < characters.length; k++) {
                characters[k] =
                        (char) (random.nextBoolean() ? random.nextInt(0x10000) : 0xD700 + random.nextInt(0x900));
            }
            var entry = checkpoint(id, new String(characters));
            assertThat(roundTrip(entry)).isEqualTo(entry);
        }
    }

    @ParameterizedTest
    @EnumSource
    void everyStatusSurvives(Status status) throws Undecodable {
        assertThat(roundTrip(closed(id, status, null, 0))).isEqualTo(closed(id, status, null, 0));
    }

    private static final Spent SPENT =
            new Spent(9_000_000_000L, OptionalLong.of(1), Optional.of(LocalDate.EPOCH), true);

    @Test
    void detailsOfTheUsageSurvive() throws Undecodable {
        for (var usage : List.of(
                new Usage(1, 2, OptionalLong.of(0), OptionalLong.empty()),
                new Usage(1, 2, OptionalLong.empty(), OptionalLong.of(3)))) {
            var entry = new Closed(
                    id,
                    NOW,
                    Status.DONE,
                    Optional.of(""),
                    1,
                    Optional.of(usage),
                    Optional.empty(),
                    Optional.empty(),
                    0,
                    Optional.empty(),
                    Optional.empty(),
                    Optional.of(SPENT));
            assertThat(roundTrip(entry)).isEqualTo(entry);
        }
    }

    @Test
    void absentIsNotEmpty() throws Undecodable {
        var bare = new Closed(
                id,
                Instant.MAX,
                Status.ERROR,
                Optional.empty(),
                0,
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                0,
                Optional.empty(),
                Optional.of("upstream_failed"),
                Optional.of(new Spent(0, OptionalLong.empty(), Optional.empty(), false)));
        var anonymous = new Opened(
                id,
                NOW.plusNanos(1),
                "ADMIN",
                "admin",
                Optional.empty(),
                "",
                "",
                "",
                3,
                Optional.empty(),
                Optional.of(SPENT));
        assertThat(roundTrip(bare)).isEqualTo(bare);
        assertThat(roundTrip(anonymous)).isEqualTo(anonymous);
    }

    @Test
    void interruptedKeepsTheTextAndTheUnits() throws Undecodable {
        var entry = (Closed) CODEC.decode(CODEC.interrupted(id, NOW.plusSeconds(90), 2, Optional.empty()));
        assertThat(entry.status()).isEqualTo(Status.INTERRUPTED);
        assertThat(entry.output()).isEmpty();
        assertThat(entry.units()).isEqualTo(2);
        assertThat(entry.latencyMillis()).isEqualTo(90_000);
    }

    @Test
    void refusedCostsNothing() throws Undecodable {
        var entry = (Closed) CODEC.decode(CODEC.refused(id, NOW, "quota_unavailable"));
        assertThat(entry.status()).isEqualTo(Status.ERROR);
        assertThat(entry.units()).isZero();
        assertThat(entry.errorCode()).contains("quota_unavailable");
    }

    @Test
    void fieldsOfALaterVersionAreIgnored() throws Undecodable {
        String later = new String(CODEC.encode(checkpoint(id, "so far")), UTF_8)
                .replace("{\"v\":1", "{\"v\":2,\"new\":{\"deep\":[1,null]}");
        assertThat(CODEC.decode(later.getBytes(UTF_8))).isEqualTo(checkpoint(id, "so far"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "null",
                "[]",
                "\"text\"",
                "{",
                "{}",
                "{\"t\":\"open\"}",
                "{\"t\":\"checkpoint\",\"id\":\"no\",\"at\":\"2026-11-20T12:00:00Z\",\"output\":\"\"}",
                "{\"t\":\"checkpoint\",\"id\":\"6b1f1f5e-2f3c-4f0e-9d0e-1f2f3f4f5f6f\",\"at\":\"2026-11-20T12:00:00Z\","
                        + "\"output\":\"\"}",
                "{\"t\":\"erased\",\"id\":\"019aa164-0400-7000-8000-000000000000\",\"at\":\"2026-11-20T12:00:00Z\"}",
                "{\"t\":\"checkpoint\",\"id\":\"019aa164-0400-7000-8000-000000000000\",\"at\":\"noon\",\"output\":\"\"}",
                "{\"t\":\"checkpoint\",\"id\":\"019aa164-0400-7000-8000-000000000000\",\"at\":\"2026-11-20T12:00:00Z\","
                        + "\"output\":7}"
            })
    void whatIsNoEntryIsRefused(String raw) {
        assertThatThrownBy(() -> CODEC.decode(raw.getBytes(UTF_8))).isInstanceOf(Undecodable.class);
    }

    private static Entry roundTrip(Entry entry) throws Undecodable {
        return CODEC.decode(CODEC.encode(entry));
    }
}
