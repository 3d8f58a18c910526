package gptbroker.store;

/**
 * When Redis last answered, on any lane. A Redis that answers is busy and not away: who waits for it while a burst is
 * worked off is served late rather than refused. Thread-safe.
 */
final class Pulse {
    /** Longest wait for a Redis that answers others, in time-outs. */
    private static final int MOST_TIMEOUTS = 8;

    private volatile long last = System.nanoTime();

    /** An answer came. */
    void beat() {
        last = System.nanoTime();
    }

    /**
     * Whether to give up on a call.
     *
     * @param since when it was made, a {@link System#nanoTime()}
     * @param within how long Redis may be silent, in nanoseconds
     */
    boolean isOver(long since, long within) {
        long now = System.nanoTime();
        return now - since >= within && (now - last >= within || now - since >= MOST_TIMEOUTS * within);
    }
}
