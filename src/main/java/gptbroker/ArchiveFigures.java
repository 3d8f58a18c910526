package gptbroker;

import gptbroker.admission.ArchiveView;
import gptbroker.admission.Charge;
import gptbroker.admission.Spend;
import gptbroker.archive.Charges;
import gptbroker.archive.EntryCodec;
import gptbroker.archive.Spent;
import gptbroker.problem.ProblemCode;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.Optional;
import java.util.OptionalLong;
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
        var sums = new HashMap<String, Sum>();
        charged.sums()
                .forEach((caller, sum) -> sums.put(
                        caller, new Sum(sum.units(), new Spend(sum.tokens().orElse(0), sum.nanoUsd()))));
        return new Charged(
                sums,
                charged.open().stream()
                        .map(open -> new Open(open.id(), open.callerId(), charge(open.held()), open.openedAt()))
                        .toList());
    }

    private static Charge charge(Charges.Amount amount) {
        return new Charge(
                Math.toIntExact(amount.units()),
                amount.tokens().isPresent()
                        ? Optional.of(new Spend(amount.tokens().getAsLong(), amount.nanoUsd()))
                        : Optional.empty());
    }

    @Override
    public boolean isFinal(UUID id) throws Exception {
        return charges.isFinal(id);
    }

    @Override
    public Optional<Charge> charged(UUID id) throws Exception {
        return charges.closed(id).map(ArchiveFigures::charge);
    }

    @Override
    public byte[] interrupted(UUID id, Charge charge) {
        Optional<Spent> spent = charge.spend()
                .map(spend -> new Spent(spend.tokens(), OptionalLong.of(spend.nanoUsd()), Optional.empty(), true));
        return codec.interrupted(id, clock.instant(), charge.units(), spent);
    }

    @Override
    public byte[] refused(UUID id) {
        return codec.refused(id, clock.instant(), ProblemCode.QUOTA_UNAVAILABLE.code());
    }
}
