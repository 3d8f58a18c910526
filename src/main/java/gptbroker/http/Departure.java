package gptbroker.http;

import io.helidon.common.buffers.BufferData;
import io.helidon.common.buffers.DataReader;
import io.helidon.webserver.ConnectionContext;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/**
 * Looks whether a client is still there while nothing is written to it, by reading ahead on its connection.
 *
 * <p>A reset is a departure. The end of its data alone is none, since a client may close that direction and still read
 * (half-closed): it is sent an interim answer, which every client must expect (RFC 9110 §15.2). The system of a client
 * that is gone answers that with a reset, so that the second one cannot be sent. Who has closed nothing is sent nothing.
 *
 * <p>The reader may still wait when the answer is ready, and the next request must not be read by two: once there has
 * been a look, the connection ends with this answer.
 */
final class Departure implements Runnable {
    private static final byte[] INTERIM = "HTTP/1.1 100 Continue\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
    private static final Duration RESET_WITHIN = Duration.ofSeconds(1);

    private final ConnectionContext connection;
    private final Deadline deadline;
    private boolean begun;
    private boolean ended;

    /** @param deadline told when the client has left */
    Departure(ConnectionContext connection, Deadline deadline) {
        this.connection = connection;
        this.deadline = deadline;
    }

    /** Starts to look, unless it has been ended; returns at once. */
    synchronized void begin() {
        if (!ended) {
            begun = true;
            Thread.ofVirtual().name("departure").start(this);
        }
    }

    /** From now on nothing is written or interrupted from here. True when the connection must not be used again. */
    synchronized boolean end() {
        ended = true;
        notifyAll();
        return begun;
    }

    @Override
    public void run() {
        try {
            connection.dataReader().ensureAvailable();
            // Its next request, sent ahead: it is there.
        } catch (DataReader.InsufficientDataAvailableException halfClosed) {
            if (!takesInterimAnswers()) {
                deadline.departed(this);
            }
        } catch (RuntimeException reset) {
            deadline.departed(this);
        }
    }

    private synchronized boolean takesInterimAnswers() {
        try {
            for (int i = 0; i < 2 && !ended; i++) {
                connection.dataWriter().writeNow(BufferData.create(INTERIM));
                TimeUnit.NANOSECONDS.timedWait(this, RESET_WITHIN.toNanos());
            }
            return true;
        } catch (RuntimeException reset) {
            return false;
        } catch (InterruptedException stopping) {
            Thread.currentThread().interrupt();
            return true;
        }
    }
}
