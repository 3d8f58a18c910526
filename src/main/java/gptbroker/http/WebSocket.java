package gptbroker.http;

import io.helidon.common.buffers.BufferData;
import io.helidon.common.socket.SocketWriterException;
import io.helidon.webserver.ConnectionContext;
import java.io.IOException;
import java.time.Duration;

/**
 * The server's side of a WebSocket (RFC 6455) that only talks: what the client says is read and forgotten, on a thread
 * of its own. Everything is written by the request's thread, under a deadline.
 *
 * <p>Of Helidon's WebSocket module nothing is used: it upgrades before routing, notices no broken connection, and has no
 * limits for what a client sends.
 */
public final class WebSocket {
    /** The broker stops; the client may connect again. */
    public static final int GOING_AWAY = 1001;

    /** The client may not listen any more. */
    public static final int POLICY = WebSocketReader.POLICY;

    /** Something went wrong here. */
    public static final int INTERNAL = 1011;

    private static final Duration WRITE_WAIT = Duration.ofSeconds(10);
    private static final Duration PONG_WAIT = Duration.ofSeconds(60);
    private static final Duration GOODBYE_WAIT = Duration.ofSeconds(1);
    private static final int TEXT = 0x81;
    private static final int CLOSE = 0x88;
    private static final int PING = 0x89;
    private static final int PONG = 0x8a;

    private final Reply reply;
    private final ConnectionContext connection;
    private final WebSocketReader reader;
    private final Thread thread;
    private long bytes;

    WebSocket(Reply reply, ConnectionContext connection, Runnable news) {
        this.reply = reply;
        this.connection = connection;
        this.reader = new WebSocketReader(connection.dataReader(), news);
        this.thread = Thread.ofVirtual().name("websocket").unstarted(reader);
    }

    void begin(byte[] head) throws ClientGone {
        write(head);
        thread.start();
    }

    /** Sends a message of UTF-8 text. */
    public void send(byte[] text) throws ClientGone {
        frame(TEXT, text);
        bytes += text.length;
    }

    /** Asks whether the client is still there. */
    public void ping() throws ClientGone {
        frame(PING, new byte[0]);
    }

    /**
     * Answers what the client has asked meanwhile; to be called on news, and now and then.
     *
     * @return false when the client has ended it, or has not been heard of for a minute
     * @throws ClientGone when it has left without a word
     */
    public boolean tend() throws ClientGone {
        if (reader.gone()) {
            throw new ClientGone(new IOException("the connection has ended"));
        }
        byte[] ping = reader.ping();
        if (ping != null) {
            frame(PONG, ping);
        }
        return reader.goodbye() == 0 && System.nanoTime() - reader.heard() < PONG_WAIT.toNanos();
    }

    /**
     * Says goodbye: with the client's reason if it has ended it, else with this code; and waits a moment for the
     * client's own, so that what was sent before is not lost with the connection.
     */
    public void close(int code) throws ClientGone {
        int told = reader.goodbye() != 0 ? reader.goodbye() : code;
        frame(CLOSE, new byte[] {(byte) (told >> 8), (byte) told});
        try {
            thread.join(GOODBYE_WAIT);
        } catch (InterruptedException stopping) {
            Thread.currentThread().interrupt();
        }
    }

    /** Bytes of text sent. */
    long bytes() {
        return bytes;
    }

    private void frame(int code, byte[] payload) throws ClientGone {
        int size = payload.length;
        int extra = size < 126 ? 0 : size < 1 << 16 ? 2 : 8;
        byte[] frame = new byte[2 + extra + size];
        frame[0] = (byte) code;
        frame[1] = (byte) (extra == 0 ? size : extra == 2 ? 126 : 127);
        for (int i = 0; i < extra; i++) {
            frame[1 + extra - i] = (byte) (i < 4 ? size >> 8 * i : 0);
        }
        System.arraycopy(payload, 0, frame, 2 + extra, size);
        write(frame);
    }

    private void write(byte[] whole) throws ClientGone {
        reply.write(WRITE_WAIT, () -> {
            try {
                connection.dataWriter().writeNow(BufferData.create(whole));
            } catch (SocketWriterException e) {
                throw new IOException(e);
            }
        });
    }
}
