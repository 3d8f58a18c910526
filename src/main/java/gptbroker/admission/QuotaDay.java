package gptbroker.admission;

import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;

/**
 * A day of the quota.
 *
 * @param label {@code yyyymmdd} in the quota's zone
 * @param start first second (epoch), inclusive
 * @param end last second, exclusive; 23 or 25 hours later when the zone changes its clocks
 */
record QuotaDay(String label, long start, long end) {
    static QuotaDay of(Instant instant, ZoneId zone) {
        return of(instant.atZone(zone).toLocalDate(), zone);
    }

    /** The day of a {@link Reservation}. */
    static QuotaDay parse(String label, ZoneId zone) {
        return of(LocalDate.parse(label, DateTimeFormatter.BASIC_ISO_DATE), zone);
    }

    private static QuotaDay of(LocalDate date, ZoneId zone) {
        return new QuotaDay(
                date.format(DateTimeFormatter.BASIC_ISO_DATE),
                date.atStartOfDay(zone).toEpochSecond(),
                date.plusDays(1).atStartOfDay(zone).toEpochSecond());
    }
}
