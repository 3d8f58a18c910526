package gptbroker.admission;

import static gptbroker.admission.Rig.admit;
import static gptbroker.admission.Rig.reserve;
import static gptbroker.admission.Rig.settle;
import static gptbroker.admission.Rig.user;
import static org.assertj.core.api.Assertions.assertThat;

import gptbroker.admission.Decision.Admitted;
import gptbroker.admission.Decision.Denied;
import gptbroker.identity.Caller;
import gptbroker.testing.Eventually;
import gptbroker.testing.TestRedis;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.HashMap;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import redis.clients.jedis.Jedis;

/** Which day a unit belongs to. */
class QuotaDayTest {
    private final Rig rig = new Rig(TestRedis.shared());

    @AfterEach
    void close() {
        rig.close();
    }

    @Test
    void loadOverMidnightChargesEachUnitToOneDay() throws Exception {
        rig.zone = midnightIn(5);
        rig.daily = 1_000_000;
        rig.timeout = Duration.ofSeconds(10);
        var admission = rig.budget(1_000_000_000, 1_000_000_000).start();
        Caller caller = user();
        String before = QuotaDay.of(Instant.now(), rig.zone).label();
        Map<UUID, String> charged = new ConcurrentHashMap<>();

        Rig.inParallel(16, () -> {
            int after = 0;
            while (after < 20) {
                var reservation = reserve(admission, caller, Rig.charge(100, 90));
                int units = (int) (reservation.id().getLeastSignificantBits() & 1);
                settle(admission, reservation, Rig.charge(units, 7L * units, 5L * units));
                if (units == 1) {
                    charged.put(reservation.id(), reservation.day());
                }
                after += reservation.day().equals(before) ? 0 : 1;
            }
            return true;
        });

        Map<String, Long> days = new HashMap<>();
        rig.archive.drain().charged().forEach((id, units) -> {
            if (units > 0) {
                days.merge(charged.get(id), 1L, Long::sum);
            }
        });
        assertThat(days).hasSize(2).containsKey(before);
        try (Jedis jedis = TestRedis.shared().open()) {
            days.forEach((day, units) -> {
                assertThat(rig.used(jedis, caller, day)).isEqualTo(units);
                assertThat(rig.spent(jedis, caller, day)).isEqualTo(new Spend(7 * units, 5 * units));
            });
            long left = jedis.ttl(rig.keys.key(0, Ledger.dayKey(caller.id(), before)));
            assertThat(left).isBetween(47 * 3600L, 48 * 3600L);
        }
    }

    @Test
    void newDayIsAWholeDay() {
        rig.zone = midnightIn(2);
        rig.daily = 1;
        var admission = rig.start();
        Caller caller = user();
        var first = reserve(admission, caller);
        Decision decision = admit(admission, caller);
        // Slow machines may come here after midnight already; then there is nothing to see.
        if (decision instanceof Denied denied) {
            assertThat(denied.retryAfter()).isLessThanOrEqualTo(Duration.ofSeconds(2));
            Eventually.within(Duration.ofSeconds(60), "midnight", () -> admit(admission, caller) instanceof Admitted);
        }
        settle(admission, first, 0);
        assertThat(rig.used(caller)).isEqualTo(1);
    }

    @Test
    void brokerWithAWrongClockUsesRedisDay() {
        rig.clock = InstantSource.fixed(Instant.parse("2001-02-03T04:05:06Z"));
        var admission = rig.start();
        Caller caller = user();

        var reservation = reserve(admission, caller);

        assertThat(reservation.day()).isNotEqualTo("20010203");
        assertThat(rig.used(caller)).isEqualTo(1);
    }

    @Test
    void lateSettlementGoesToTheDayOfTheReservation() {
        var admission = rig.start();
        Caller caller = user();
        var reservation = reserve(admission, caller);
        try (Jedis jedis = TestRedis.shared().open()) {
            // Midnight has passed: the reservation is of a day that is no longer today's.
            String yesterday = rig.keys.key(0, Ledger.dayKey(caller.id(), "20200101"));
            jedis.set(yesterday, "7");
            jedis.hset(rig.keys.key(0, "resv:" + reservation.id()), "d", "20200101");

            settle(admission, reservation, 0);

            assertThat(jedis.get(yesterday)).isEqualTo("6");
            assertThat(rig.used(caller)).isEqualTo(1);
        }
    }

    @Test
    void daysHave23And25HoursWhenClocksChange() {
        var berlin = ZoneId.of("Europe/Berlin");
        QuotaDay spring = QuotaDay.parse("20260329", berlin);
        QuotaDay autumn = QuotaDay.parse("20261025", berlin);
        assertThat(spring.end() - spring.start()).isEqualTo(23 * 3600);
        assertThat(autumn.end() - autumn.start()).isEqualTo(25 * 3600);
        assertThat(QuotaDay.of(Instant.ofEpochSecond(autumn.end() - 1), berlin)).isEqualTo(autumn);
        assertThat(QuotaDay.of(Instant.ofEpochSecond(autumn.end()), berlin)).isNotEqualTo(autumn);
    }

    /** A zone whose midnight is so many seconds away. */
    private static ZoneOffset midnightIn(int seconds) {
        long now = Instant.now().getEpochSecond() % 86_400;
        long offset = 86_400 - seconds - now;
        return ZoneOffset.ofTotalSeconds((int) (offset > 64_800 ? offset - 86_400 : offset));
    }
}
