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
        rig.daily = 1_000_000;
        rig.budget(1_000_000_000, 1_000_000_000);
        Caller caller = user();
        Eve eve = eve(3, caller);
        var admission = eve.admission;
        String before = eve.first.day();
        Map<UUID, String> charged = new ConcurrentHashMap<>(Map.of(eve.first.id(), before));
        settle(admission, eve.first, Rig.charge(1, 7, 5));

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
        rig.daily = 1;
        Caller caller = user();
        Eve eve = eve(2, caller);
        var admission = eve.admission;
        Decision decision = admit(admission, caller);
        // Slow machines may come here after midnight already; then there is nothing to see.
        if (decision instanceof Denied denied) {
            assertThat(denied.retryAfter()).isLessThanOrEqualTo(Duration.ofSeconds(2));
            Eventually.within(Duration.ofSeconds(60), "midnight", () -> admit(admission, caller) instanceof Admitted);
        }
        settle(admission, eve.first, 0);
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

    /** The evening of a day: a broker, and what it has reserved before midnight. */
    private record Eve(RedisAdmission admission, Reservation first) {}

    /** Begins so many seconds before midnight; once more where the machine stood still over it. */
    private Eve eve(int seconds, Caller caller) {
        while (true) {
            Instant now = Instant.now();
            rig.zone = midnight(now.plusSeconds(seconds));
            RedisAdmission admission = rig.start();
            Reservation first = reserve(admission, caller, Rig.charge(100, 90));
            if (first.day().equals(QuotaDay.of(now, rig.zone).label())) {
                return new Eve(admission, first);
            }
            settle(admission, first, 0);
        }
    }

    /** A zone in which it is midnight then. */
    private static ZoneOffset midnight(Instant then) {
        long offset = 86_400 - then.getEpochSecond() % 86_400;
        return ZoneOffset.ofTotalSeconds((int) (offset > 64_800 ? offset - 86_400 : offset));
    }
}
