package gptbroker.probe.check;

/** The broker did not do what was expected; the message is the row's detail. */
final class Mismatch extends RuntimeException {
    private static final long serialVersionUID = 1L;
    private static final int MAX_QUOTE = 100;

    Mismatch(String detail) {
        super(detail, null, false, false);
    }

    static void unless(boolean expectation, String detail) {
        if (!expectation) {
            throw new Mismatch(detail);
        }
    }

    /** A quotation that fits into a table: one line, no control characters. */
    static String shortened(String text) {
        String line = text.replaceAll("\\p{Cntrl}+", " ").strip();
        return line.length() <= MAX_QUOTE ? line : line.substring(0, MAX_QUOTE) + "…";
    }
}
