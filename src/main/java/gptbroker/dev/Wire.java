package gptbroker.dev;

import io.helidon.webserver.CloseConnectionException;

/** Silence and hang-ups of the stand-ins. */
final class Wire {
    private Wire() {}

    /** Nothing for the given time; no time at all below 1. */
    static void pause(long millis) {
        if (millis < 1) {
            return;
        }
        try {
            Thread.sleep(millis);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CloseConnectionException("Stopping", e);
        }
    }

    /** Nothing for very long, then the connection closes. */
    static void stall() {
        pause(ScriptedModel.STALL.toMillis());
        cut();
    }

    /** Closes the connection; what was flushed has been sent. */
    static void cut() {
        throw new CloseConnectionException("Scripted");
    }
}
