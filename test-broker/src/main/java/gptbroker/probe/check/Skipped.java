package gptbroker.probe.check;

/** The check says nothing about this broker; the message says why. */
final class Skipped extends RuntimeException {
    private static final long serialVersionUID = 1L;

    Skipped(String why) {
        super(why, null, false, false);
    }
}
