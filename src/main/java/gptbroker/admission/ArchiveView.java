package gptbroker.admission;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/**
 * What admission needs to know of the archive, which it never uses directly: figures to rebuild lost counters from, and
 * the records that it writes on its own. Implementations are thread-safe.
 */
public interface ArchiveView {
    /**
     * What was charged since a quota day began, read from one snapshot, after the outbox entries that the consumer
     * already holds have been stored.
     *
     * @throws Exception when the archive cannot be read; admission stays closed and asks again
     */
    Charged chargedSince(Instant dayStart) throws Exception;

    /**
     * Whether the archive already holds the close record of a request that only its own settling can have written (not
     * {@code interrupted}: the text of a late settlement must still come in).
     *
     * @throws Exception when the archive cannot be read; the question is asked again later
     */
    boolean isFinal(UUID id) throws Exception;

    /**
     * What the archive has charged for a request of which it holds any close record, {@code interrupted} included: that is
     * among the sums of {@link #chargedSince}. Empty when it holds none.
     *
     * @throws Exception when the archive cannot be read; the question is asked again later
     */
    Optional<Charge> charged(UUID id) throws Exception;

    /** The encoded close record of a request whose broker died: status interrupted, no output, charged so. */
    byte[] interrupted(UUID id, Charge charge);

    /**
     * The encoded close record of a request that was refused while Redis was silent, although its reservation may have
     * been made: status error, no output, 0 units.
     */
    byte[] refused(UUID id);

    /**
     * The archive's figures.
     *
     * @param sums by caller id: what closed requests that were opened in the day were charged
     * @param open requests without a final record that may still be running
     */
    record Charged(Map<String, Sum> sums, List<Open> open) {}

    /** What a caller has been charged in a day. */
    record Sum(long units, Spend spend) {
        static final Sum NOTHING = new Sum(0, Spend.NOTHING);

        Sum plus(Charge charge) {
            Spend more = charge.spend().orElse(Spend.NOTHING);
            return new Sum(
                    units + charge.units(),
                    new Spend(spend.tokens() + more.tokens(), spend.nanoUsd() + more.nanoUsd()));
        }
    }

    /** A request that was admitted and not settled yet. */
    record Open(UUID id, String callerId, Charge held, Instant openedAt) {}
}
