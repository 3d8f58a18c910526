package gptbroker.dev;

/** Between two looks at a server that is starting. */
final class Pause {
    private static final int MILLIS = 20;

    private Pause() {}

    /** Some milliseconds. */
    static void briefly() {
        try {
            Thread.sleep(MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new DevException("Interrupted while waiting for a server", e);
        }
    }
}
