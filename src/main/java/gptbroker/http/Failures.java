package gptbroker.http;

import java.util.Arrays;
import java.util.stream.Collectors;

/** Describes an unexpected exception for the log. Messages stay out: they may quote content. */
final class Failures {
    private static final int FRAMES = 12;
    private static final int CAUSES = 4;

    private Failures() {}

    /** Classes and the first frames of the exception and its causes, on one line. */
    static String describe(Throwable failure) {
        StringBuilder text = new StringBuilder();
        Throwable current = failure;
        for (int depth = 0; current != null && depth < CAUSES; depth++, current = current.getCause()) {
            text.append(depth == 0 ? "" : "; caused by ")
                    .append(current.getClass().getName());
            text.append(Arrays.stream(current.getStackTrace())
                    .limit(FRAMES)
                    .map(StackTraceElement::toString)
                    .collect(Collectors.joining(" < ", " at ", "")));
        }
        return text.toString();
    }
}
