package gptbroker.testing;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Optional;

/** A WebSocket client that sends whatever frames it is told to, right or wrong. */
public final class WebSocketClient implements AutoCloseable {
    private static final int PATIENCE_MILLIS = 60_000;
    private static final String KEY = "dGhlIHNhbXBsZSBub25jZQ==";
    /** RFC 6455 §1.3: what the sample key is answered with. */
    public static final String ACCEPT = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";

    /** A frame from the server. */
    public record Frame(int opcode, byte[] payload) {
        public String text() {
            return new String(payload, StandardCharsets.UTF_8);
        }

        /** The code of a close frame. */
        public int code() {
            return (payload[0] & 0xff) << 8 | payload[1] & 0xff;
        }
    }

    private final Socket socket;
    private final InputStream in;
    private String head = "";

    private WebSocketClient(Socket socket) throws IOException {
        this.socket = socket;
        this.in = socket.getInputStream();
    }

    /** The lines of a proper handshake. */
    public static String handshake() {
        return "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: " + KEY
                + "\r\n";
    }

    /** Connects; {@link #head} is the answer, 101 or not. */
    public static WebSocketClient connect(int port, String target, String headers) throws IOException {
        return connect(port, "localhost", target, headers);
    }

    /** The same to a host of this name. */
    public static WebSocketClient connect(int port, String host, String target, String headers) throws IOException {
        var socket = new Socket(InetAddress.getLoopbackAddress(), port);
        socket.setSoTimeout(PATIENCE_MILLIS);
        var client = new WebSocketClient(socket);
        client.write(("GET " + target + " HTTP/1.1\r\nHost: " + host + "\r\n" + headers + "\r\n")
                .getBytes(StandardCharsets.US_ASCII));
        var head = new ByteArrayOutputStream();
        while (!head.toString(StandardCharsets.ISO_8859_1).endsWith("\r\n\r\n")) {
            head.write(client.oneByte());
        }
        client.head = head.toString(StandardCharsets.ISO_8859_1);
        return client;
    }

    /** Status line and headers. */
    public String head() {
        return head;
    }

    /** The value of a header. */
    public Optional<String> header(String name) {
        String start = name.toLowerCase(Locale.ROOT) + ":";
        return head.lines()
                .filter(line -> line.toLowerCase(Locale.ROOT).startsWith(start))
                .map(line -> line.substring(start.length()).strip())
                .findFirst();
    }

    /** The status. */
    public int status() {
        return Integer.parseInt(head.substring(9, 12));
    }

    /** Reads the next frame. */
    public Frame read() throws IOException {
        int opcode = oneByte() & 0x0f;
        long length = oneByte();
        int extra = length == 126 ? 2 : length == 127 ? 8 : 0;
        if (extra > 0) {
            length = 0;
            for (int i = 0; i < extra; i++) {
                length = length << 8 | oneByte();
            }
        }
        byte[] payload = in.readNBytes((int) length);
        if (payload.length < length) {
            throw new EOFException("a frame ended early");
        }
        return new Frame(opcode, payload);
    }

    /** Reads the next text message, other frames skipped. */
    public String readText() throws IOException {
        Frame frame = read();
        while (frame.opcode() != 1) {
            if (frame.opcode() == 8) {
                throw new EOFException("closed with " + frame.code());
            }
            frame = read();
        }
        return frame.text();
    }

    /** Reads the code that the server closes with, other frames skipped. */
    public int readClose() throws IOException {
        Frame frame = read();
        while (frame.opcode() != 8) {
            frame = read();
        }
        return frame.code();
    }

    /** Sends a masked frame of this first byte. */
    public WebSocketClient send(int first, byte[] payload) throws IOException {
        var frame = new ByteArrayOutputStream();
        frame.write(first);
        if (payload.length < 126) {
            frame.write(0x80 | payload.length);
        } else {
            frame.write(0x80 | 126);
            frame.write(payload.length >> 8);
            frame.write(payload.length);
        }
        byte[] mask = {1, 2, 3, 4};
        frame.writeBytes(mask);
        for (int i = 0; i < payload.length; i++) {
            frame.write(payload[i] ^ mask[i % 4]);
        }
        return write(frame.toByteArray());
    }

    /** Sends bytes as they are. */
    public WebSocketClient write(byte[] bytes) throws IOException {
        socket.getOutputStream().write(bytes);
        socket.getOutputStream().flush();
        return this;
    }

    /** Closes with a RST. */
    public void reset() throws IOException {
        socket.setSoLinger(true, 0);
        socket.close();
    }

    /** Whether the server has ended the connection. */
    public boolean isEnded() throws IOException {
        return in.read() < 0;
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }

    private int oneByte() throws IOException {
        int read = in.read();
        if (read < 0) {
            throw new EOFException("connection closed");
        }
        return read;
    }
}
