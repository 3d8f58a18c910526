package gptbroker.faults;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** A client's HTTP/1.1 connection that shows each piece of an answer as it comes, and can leave in every way. */
final class Wire implements AutoCloseable {
    private static final int PATIENCE_MILLIS = 60_000;
    private static final int PIECE = 4_096;
    private static final byte[] END = {};

    private final Socket socket = new Socket();
    private final InputStream in;
    private final Map<String, String> headers = new HashMap<>();
    private int status;
    private long left;
    private boolean chunked;

    Wire(int port) throws IOException {
        socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), PATIENCE_MILLIS);
        socket.setSoTimeout(PATIENCE_MILLIS);
        socket.setTcpNoDelay(true);
        in = new BufferedInputStream(socket.getInputStream());
    }

    void send(byte[] bytes) throws IOException {
        socket.getOutputStream().write(bytes);
        socket.getOutputStream().flush();
    }

    /** No more will be sent, but the answer is awaited. */
    void finish() throws IOException {
        socket.shutdownOutput();
    }

    /** Goes away. */
    void leave(boolean reset) throws IOException {
        if (reset) {
            socket.setSoLinger(true, 0);
        }
        socket.close();
    }

    int status() {
        return status;
    }

    Optional<String> header(String name) {
        return Optional.ofNullable(headers.get(name));
    }

    void readHead() throws IOException {
        headers.clear();
        status = Integer.parseInt(line().split(" ", 3)[1]);
        for (String line = line(); !line.isEmpty(); line = line()) {
            int colon = line.indexOf(':');
            headers.put(
                    line.substring(0, colon).toLowerCase(Locale.ROOT),
                    line.substring(colon + 1).strip());
        }
        chunked = headers.containsKey("transfer-encoding");
        left = chunked ? 0 : Long.parseLong(headers.getOrDefault("content-length", "0"));
    }

    /** The next bytes of the body; none at its end. */
    byte[] piece() throws IOException {
        if (chunked && left == 0) {
            left = Long.parseLong(line(), 16);
            if (left == 0) {
                line();
                return END;
            }
        }
        if (left == 0) {
            return END;
        }
        byte[] piece = new byte[(int) Math.min(left, PIECE)];
        int read = in.read(piece);
        if (read < 0) {
            throw new EOFException("answer ended early");
        }
        left -= read;
        if (chunked && left == 0) {
            line();
        }
        return read == piece.length ? piece : Arrays.copyOf(piece, read);
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }

    private String line() throws IOException {
        var line = new ByteArrayOutputStream();
        for (int c = in.read(); c != '\n'; c = in.read()) {
            if (c < 0) {
                throw new EOFException("connection closed");
            }
            if (c != '\r') {
                line.write(c);
            }
        }
        return line.toString(ISO_8859_1);
    }
}
