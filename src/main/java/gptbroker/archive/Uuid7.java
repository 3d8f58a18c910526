package gptbroker.archive;

import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.UUID;

/** The time inside a UUIDv7 (RFC 9562 §5.7): 48 bits of milliseconds lead, so ids sort by time. */
final class Uuid7 {
    private static final LocalDate FIRST_DAY = LocalDate.of(2020, 1, 1);
    private static final LocalDate LAST_DAY = LocalDate.of(2100, 1, 1);

    private Uuid7() {}

    /** When the id was made, to the millisecond. */
    static Instant time(UUID id) {
        return Instant.ofEpochMilli(id.getMostSignificantBits() >>> 16);
    }

    /** The UTC day of the id, which is the day of its partition. */
    static LocalDate day(UUID id) {
        return LocalDate.ofInstant(time(id), ZoneOffset.UTC);
    }

    /** The lowest value that an id made at this time or later can have; a bound, not an id. */
    static UUID floor(Instant time) {
        return new UUID(time.toEpochMilli() << 16, 0);
    }

    /** Whether this is a UUIDv7 of a believable day; anything else must not create partitions. */
    static boolean isDated(UUID id) {
        return id.version() == 7 && !day(id).isBefore(FIRST_DAY) && day(id).isBefore(LAST_DAY);
    }
}
