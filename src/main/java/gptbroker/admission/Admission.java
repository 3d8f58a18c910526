package gptbroker.admission;

import gptbroker.identity.Caller;
import gptbroker.problem.Problem;
import java.util.UUID;

/**
 * The gate before the model: day, rate, concurrency and allowlist in one atomic step, and the way back out.
 * Implementations are thread-safe and block the calling (virtual) thread.
 */
public interface Admission {
    /** {@link #admit(Caller, UUID, Charge, byte[])} of one unit, without a budget. */
    default Decision admit(Caller caller, UUID id, byte[] openRecord) {
        return admit(caller, id, Charge.units(1), openRecord);
    }

    /**
     * Reserves units of the day and writes the archive's open record, or denies; both happen wholly or not at all. Repeating
     * the call with the same id repeats the verdict and reserves nothing more.
     *
     * @param id the request id, a UUIDv7
     * @param held what the call will cost as far as anyone knows: units, 1 or more, and, where {@link #budget} says so, what
     *     it may spend; also in {@code openRecord}
     * @param openRecord the archive's encoded open record, durable when this returns {@link Decision.Admitted}
     * @throws Problem 503 {@code quota_unavailable} when Redis does not answer in time, {@code archive_full} when the
     *     outbox is above its high-water mark
     */
    Decision admit(Caller caller, UUID id, Charge held, byte[] openRecord);

    /**
     * Charges or refunds the reservation, frees the concurrency slot and writes the archive's close record. Idempotent.
     * Never throws for a Redis outage: the close record then goes to the local spill and is settled later.
     *
     * @param charge what the call costs in the end: the rest of what was held goes back to its day, what it has spent
     *     beyond that is added
     * @param openRecord the record given to {@link #admit}, written again when Redis has forgotten the reservation
     * @param closeRecord the archive's encoded close record
     */
    void settle(Reservation reservation, Charge charge, byte[] openRecord, byte[] closeRecord);

    /** Adds the text so far of a running stream to the outbox, best effort: a lost checkpoint loses no row. */
    void checkpoint(Reservation reservation, byte[] partialRecord);

    /**
     * Whether a call of this caller has been admitted and is neither settled nor, because its broker died, closed.
     *
     * @throws Problem 503 {@code quota_unavailable} when Redis does not answer
     */
    boolean underWay(Caller caller, UUID id);

    /** Whether, and within what, the tokens and the money of this caller are counted. */
    BudgetRule budget(Caller caller);

    /** What this caller may still do, without taking anything. */
    Allowance allowance(Caller caller);
}
