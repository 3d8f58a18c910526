package gptbroker.cli;

/** An admin command that did not succeed, in words for the operator. */
final class AdminFailure extends Exception {
    /** The broker refused, or failed. */
    static final int REFUSED = 1;
    /** Wrong command line, or no key. */
    static final int USAGE = 2;
    /** The broker cannot be reached. */
    static final int AWAY = 3;

    private static final long serialVersionUID = 1L;

    private final int exitCode;

    AdminFailure(int exitCode, String message) {
        super(message);
        this.exitCode = exitCode;
    }

    int exitCode() {
        return exitCode;
    }
}
