package gptbroker;

import gptbroker.admission.ArchiveView;
import gptbroker.archive.Charges;
import gptbroker.archive.EntryCodec;
import gptbroker.problem.ProblemCode;
import java.time.Instant;
import java.time.InstantSource;
import java.util.UUID;

/** Shows the archive to admission, which must not know it. */
final class ArchiveFigures implements ArchiveView {
    private final EntryCodec codec = new EntryCodec();
    private final Charges charges;
    private final InstantSource clock;

    ArchiveFigures(Charges charges, InstantSource clock) {
        this.charges = charges;
        this.clock = clock;
    }

    @Override
    public Charged chargedSince(Instant dayStart) throws Exception {
        Charges.Charged charged = charges.since(dayStart);
        return new Charged(
                charged.units(),
                charged.open().stream()
                        .map(open -> new Open(open.id(), open.callerId(), open.units(), open.openedAt()))
                        .toList());
    }

    @Override
    public boolean isFinal(UUID id) throws Exception {
        return charges.isFinal(id);
    }

    @Override
    public boolean isCharged(UUID id) throws Exception {
        return charges.isClosed(id);
    }

    @Override
    public byte[] interrupted(UUID id, int units) {
        return codec.interrupted(id, clock.instant(), units);
    }

    @Override
    public byte[] refused(UUID id) {
        return codec.refused(id, clock.instant(), ProblemCode.QUOTA_UNAVAILABLE.code());
    }
}
