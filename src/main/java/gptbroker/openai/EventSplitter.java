package gptbroker.openai;

import gptbroker.problem.Problem;
import gptbroker.problem.ProblemCode;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.List;

/**
 * Cuts a stream of server-sent events behind each blank line, whatever the line ends are and wherever the network cuts;
 * the bytes stay as they are. For one thread.
 */
final class EventSplitter {
    private static final int LARGEST = 1024 * 1024;

    private final ByteArrayOutputStream event = new ByteArrayOutputStream(1024);
    private boolean lineEmpty = true;
    private boolean afterReturn;
    /** A blank line ended by CR is over, unless its LF is still to come. */
    private boolean ended;

    /**
     * Takes the next bytes.
     *
     * @return the events that they complete
     * @throws Problem when an event is larger than 1 MiB
     */
    List<byte[]> feed(byte[] bytes) {
        List<byte[]> events = new ArrayList<>();
        for (byte b : bytes) {
            if (ended && !(afterReturn && b == '\n')) {
                events.add(cut());
            }
            take(b);
            if (ended && b == '\n') {
                events.add(cut());
            }
        }
        if (event.size() > LARGEST) {
            throw Problem.of(ProblemCode.UPSTREAM_FAILED, "an event is larger than " + LARGEST + " bytes");
        }
        return events;
    }

    /** What came without a blank line behind it; empty when nothing did. */
    byte[] rest() {
        return cut();
    }

    private void take(byte b) {
        event.write(b);
        if (b == '\n' && afterReturn) {
            afterReturn = false; // the second half of a line's end
        } else if (b == '\n' || b == '\r') {
            ended = lineEmpty;
            lineEmpty = true;
            afterReturn = b == '\r';
        } else {
            lineEmpty = false;
            afterReturn = false;
        }
    }

    private byte[] cut() {
        byte[] whole = event.toByteArray();
        event.reset();
        ended = false;
        return whole;
    }
}
