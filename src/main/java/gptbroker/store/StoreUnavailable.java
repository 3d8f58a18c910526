package gptbroker.store;

/**
 * Redis did not do what was asked: unreachable, too slow, refusing writes ({@code READONLY}, {@code MISCONF},
 * {@code OOM}), or answering somebody else's question. It never carries content.
 */
public final class StoreUnavailable extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final boolean inDoubt;

    StoreUnavailable(String message, boolean inDoubt) {
        // No stack trace: an outage makes floods of them.
        super(message, null, false, false);
        this.inDoubt = inDoubt;
    }

    /** Whether the script may have run, or may still run, although no answer came. */
    public boolean inDoubt() {
        return inDoubt;
    }
}
