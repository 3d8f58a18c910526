package gptbroker.admission;

import gptbroker.identity.Caller;
import java.util.UUID;

/**
 * A place that {@code admit} has taken and {@code settle} must give back: one unit (or more) of the day, what the call may
 * spend, one of the caller's concurrent calls, and the archive's open record.
 *
 * @param id the request id (UUIDv7), also the archive's primary key
 * @param caller who holds it
 * @param day the quota day it was taken from, {@code yyyymmdd} in the quota's time zone; settled there even after
 *     midnight
 * @param held what was taken
 */
public record Reservation(UUID id, Caller caller, String day, Charge held) {
    /** Requests that were taken. */
    public int units() {
        return held.units();
    }
}
