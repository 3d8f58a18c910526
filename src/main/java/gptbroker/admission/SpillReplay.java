package gptbroker.admission;

import gptbroker.admission.Settlement.Mode;
import gptbroker.admission.Settlement.Outcome;
import gptbroker.store.StoreUnavailable;
import java.time.Duration;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Tells Redis what the spill holds, once it can be told. Every step is idempotent. */
final class SpillReplay {
    private static final Logger LOG = LoggerFactory.getLogger(SpillReplay.class);
    private static final Duration WITHIN = Duration.ofSeconds(2);
    private static final int ORPHAN_EVERY = 30;

    private final Spill spill;
    private final Ledger ledger;
    private final ArchiveView archive;
    private final Rebuild rebuild;
    private final AdmissionMeters meters;
    private int turns;

    SpillReplay(Spill spill, Ledger ledger, ArchiveView archive, Rebuild rebuild, AdmissionMeters meters) {
        this.spill = spill;
        this.ledger = ledger;
        this.archive = archive;
        this.rebuild = rebuild;
        this.meters = meters;
    }

    /** One look, every second: own records at once, those of dead processes at start and now and then. */
    void turn() {
        boolean orphans = turns++ % ORPHAN_EVERY == 0;
        if (spill.depth() == 0 && !orphans) {
            return;
        }
        try {
            spill.drain(this::apply);
        } catch (StoreUnavailable e) {
            LOG.debug("spill waits for Redis: {}", e.getMessage());
        } catch (Exception e) {
            LOG.warn("The spill cannot be replayed yet: {}", e.toString());
        }
    }

    /** False while this one has to wait, which says nothing about the others. */
    private boolean apply(SpillRecord spilled) throws Exception {
        Settlement what = spilled.settlement();
        Outcome outcome = switch (spilled.kind()) {
            case SETTLE -> settle(what);
            case OPEN -> archive.charged(what.id()).isPresent() ? Outcome.DONE : run(what, Mode.REAP);
            case CANCEL -> run(what, Mode.CANCEL);
        };
        if (outcome == Outcome.REBUILD) {
            rebuild.start(what.callerId());
            return false;
        }
        if (outcome == Outcome.PENDING) {
            return false; // old entries of the outbox are still on their way to the archive
        }
        meters.settled(outcome, what.charge().units());
        return true;
    }

    private Outcome settle(Settlement what) throws Exception {
        Outcome outcome = run(what, Mode.ASK);
        return outcome == Outcome.UNKNOWN ? settleUnknown(what) : outcome;
    }

    /**
     * An id that Redis does not know was settled long ago, or was lost with Redis' data: the archive can tell.
     *
     * @throws Exception when the archive does not answer
     */
    Outcome settleUnknown(Settlement what) throws Exception {
        if (archive.isFinal(what.id())) {
            return Outcome.DONE;
        }
        Optional<Charge> charged = archive.charged(what.id());
        return charged.isPresent()
                ? ledger.settleLate(what, charged.get(), Ledger.KEEP_LONG, WITHIN)
                : run(what, Mode.FORCE);
    }

    private Outcome run(Settlement what, Mode mode) {
        return ledger.settle(what, mode, Ledger.KEEP_LONG, WITHIN);
    }
}
