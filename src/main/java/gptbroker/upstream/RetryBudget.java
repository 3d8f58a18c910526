package gptbroker.upstream;

/**
 * Lets one call in ten be tried twice. Every first try earns a tenth of a retry, up to ten retries; it starts full, so
 * that a quiet tenant's first hiccup is healed too, and a failing provider gets at most a tenth more load.
 *
 * <p>Thread-safe.
 */
final class RetryBudget {
    private static final int COST = 10;
    private static final int MOST = 10 * COST;

    private int saved = MOST;

    /** A first try. */
    synchronized void earn() {
        saved = Math.min(MOST, saved + 1);
    }

    /** Whether a retry is affordable; it is then paid for. */
    synchronized boolean spend() {
        if (saved < COST) {
            return false;
        }
        saved -= COST;
        return true;
    }
}
