package gptbroker.upstream;

import io.helidon.common.buffers.DataReader;
import io.helidon.webclient.api.TcpClientConnection;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * A connection to the provider as it is kept between calls. Counts what comes in, since Helidon reads a head of any size,
 * and tells whether it may be used again.
 *
 * <p>Used by one call at a time; {@link #close} from any thread.
 */
final class Link {
    private static final Duration PROBE = Duration.ofMillis(1);

    private final TcpClientConnection connection;
    private final Socket socket;
    private final LongSupplier nanoTime;
    private final DataReader reader;
    private volatile long received;
    private volatile long lastReceived;
    private long mostBytes;
    private long mostAhead;
    private long ahead;

    Link(Connector.Connected connected, LongSupplier nanoTime) {
        this.connection = connected.connection();
        this.socket = connected.socket();
        this.nanoTime = nanoTime;
        this.reader = DataReader.create(this::pull);
        this.lastReceived = nanoTime.getAsLong();
    }

    /**
     * Starts counting for a new call.
     *
     * @param bytes most bytes of the whole answer on the wire, head included
     * @param ahead most bytes that Helidon may read: of the head, and with it
     */
    void begin(long bytes, long ahead) {
        received = 0;
        mostBytes = bytes;
        mostAhead = ahead;
        this.ahead = 0;
    }

    /**
     * The next bytes, by the connection's user itself: what Helidon has read ahead, then what comes.
     * Waits for them without a limit, which would cost a timer for each read; whoever keeps the deadline closes.
     *
     * @return null when the connection has ended
     */
    byte @Nullable [] read() {
        if (reader.available() > 0) {
            return reader.readBytes(reader.available());
        }
        byte[] bytes = connection.helidonSocket().get();
        if (bytes != null) {
            came(bytes.length);
        }
        return bytes;
    }

    /** Bytes of the current answer so far. */
    long received() {
        return received;
    }

    /** When the last bytes came, in nanoseconds of the clock given. */
    long lastReceived() {
        return lastReceived;
    }

    TcpClientConnection connection() {
        return connection;
    }

    DataReader reader() {
        return reader;
    }

    /** Whether bytes have been read that belong to no answer. */
    boolean hasLeftovers() {
        return reader.available() > 0;
    }

    /** No byte waits that could be taken for the beginning of the next answer. */
    boolean isClean() {
        try {
            return !hasLeftovers() && socket.getInputStream().available() == 0;
        } catch (IOException e) {
            return false;
        }
    }

    /** Looks for an end that came while nobody read; costs a millisecond when all is well. */
    boolean isAlive() {
        try {
            connection.readTimeout(PROBE);
            connection.helidonSocket().get();
            return false; // the end, or bytes nobody asked for
        } catch (UncheckedIOException e) {
            return e.getCause() instanceof SocketTimeoutException;
        } catch (RuntimeException e) {
            return false;
        }
    }

    void close() {
        connection.closeResource();
    }

    private byte[] pull() {
        byte[] bytes = connection.helidonSocket().get();
        if (bytes != null) {
            ahead += bytes.length;
            came(bytes.length);
        }
        return bytes;
    }

    private void came(int length) {
        lastReceived = nanoTime.getAsLong();
        received = received + length;
        if (received > mostBytes || ahead > mostAhead) {
            throw Fault.of(Fault.Kind.TOO_LARGE, "the answer exceeds " + mostBytes + " bytes")
                    .problem();
        }
    }
}
