package gptbroker.archive;

/** How an exchange ended. A later record may replace an earlier one only if its rank is higher. */
public enum Status {
    /** Admitted, not yet settled. */
    OPEN("open", 0),
    /** The broker died meanwhile; the reaper closed it. */
    INTERRUPTED("interrupted", 2),
    /** The provider refused or failed before any content. */
    ERROR("error", 3),
    /** The provider broke off after content. */
    PARTIAL_UPSTREAM("partial_upstream", 3),
    /** The client left before the end. */
    PARTIAL_CLIENT("partial_client", 3),
    /** Answered in full. */
    DONE("done", 3),
    /** Answered in full from the cache: the provider was not asked. */
    CACHED("cached", 3);

    private final String label;
    private final int rank;

    Status(String label, int rank) {
        this.label = label;
        this.rank = rank;
    }

    /** The name in the {@code responses.status} column. */
    public String label() {
        return label;
    }

    /** Precedence for idempotent writes: open 0, checkpoint 1, interrupted 2, final 3. */
    public int rank() {
        return rank;
    }
}
