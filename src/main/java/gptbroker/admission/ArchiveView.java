package gptbroker.admission;

import java.time.Instant;
import java.util.List;
import java.util.Map;
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
     * Whether the archive holds any close record of a request, {@code interrupted} included: its units are among those
     * of {@link #chargedSince}.
     *
     * @throws Exception when the archive cannot be read; the question is asked again later
     */
    boolean isCharged(UUID id) throws Exception;

    /** The encoded close record of a request whose broker died: status interrupted, no output, {@code units} charged. */
    byte[] interrupted(UUID id, int units);

    /**
     * The encoded close record of a request that was answered {@code quota_unavailable} although its reservation may
     * have been made: status error, no output, 0 units.
     */
    byte[] refused(UUID id);

    /**
     * The archive's figures.
     *
     * @param units by caller id: the sum charged by closed requests that were opened in the day
     * @param open requests without a final record that may still be running
     */
    record Charged(Map<String, Long> units, List<Open> open) {}

    /** A request that was admitted and not settled yet. */
    record Open(UUID id, String callerId, int units, Instant openedAt) {}
}
