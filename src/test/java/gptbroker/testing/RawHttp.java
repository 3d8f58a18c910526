package gptbroker.testing;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** An HTTP client that sends exactly the bytes that it is given, over loopback, for requests that no library would send. */
public final class RawHttp implements AutoCloseable {
    private static final int PATIENCE_MILLIS = 60_000;

    private final Socket socket;
    private final InputStream in;

    private RawHttp(Socket socket) throws IOException {
        this.socket = socket;
        this.in = new BufferedInputStream(socket.getInputStream());
    }

    /** One answer; header names in lower case. */
    public record Answer(int status, Map<String, List<String>> headers, byte[] body) {
        /** The body as UTF-8. */
        public String text() {
            return new String(body, StandardCharsets.UTF_8);
        }

        /** The first value of a header. */
        public Optional<String> header(String name) {
            return headers.getOrDefault(name.toLowerCase(Locale.ROOT), List.of()).stream()
                    .findFirst();
        }
    }

    /** Connects to this port of the loopback address. */
    public static RawHttp connect(int port) throws IOException {
        return connect(port, 0);
    }

    /** Connects with a small receive buffer, for a client that is to block the server by not reading. */
    public static RawHttp connect(int port, int receiveBuffer) throws IOException {
        Socket socket = new Socket();
        if (receiveBuffer > 0) {
            socket.setReceiveBufferSize(receiveBuffer);
        }
        socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), PATIENCE_MILLIS);
        socket.setSoTimeout(PATIENCE_MILLIS);
        socket.setTcpNoDelay(true);
        return new RawHttp(socket);
    }

    /** One request on a connection of its own. */
    public static Answer call(int port, String request) throws IOException {
        try (RawHttp client = connect(port)) {
            return client.send(request).read(isHead(request));
        }
    }

    /** A request with these header lines (each ending in CRLF) and this body, its length declared. */
    public static String request(String method, String target, String headers, String body) {
        String length =
                body.isEmpty() ? "" : "Content-Length: " + body.getBytes(StandardCharsets.UTF_8).length + "\r\n";
        return method + " " + target + " HTTP/1.1\r\nHost: localhost\r\n" + length + headers + "\r\n" + body;
    }

    /** A GET without more. */
    public static Answer get(int port, String target) throws IOException {
        return call(port, request("GET", target, "", ""));
    }

    /** Sends text as UTF-8. */
    public RawHttp send(String text) throws IOException {
        return send(text.getBytes(StandardCharsets.UTF_8));
    }

    /** Sends bytes; a connection that the server has closed meanwhile is not an error. */
    public RawHttp send(byte[] bytes) throws IOException {
        try {
            socket.getOutputStream().write(bytes);
            socket.getOutputStream().flush();
        } catch (SocketException closedByServer) {
            // What was answered before is still to be read.
        }
        return this;
    }

    /** How long a read may take, other than usual. */
    public void patience(int millis) throws IOException {
        socket.setSoTimeout(millis);
    }

    /** Sends a FIN; the answer can still be read. */
    public RawHttp finish() throws IOException {
        socket.shutdownOutput();
        return this;
    }

    /** Closes with a RST. */
    public void reset() throws IOException {
        socket.setSoLinger(true, 0);
        socket.close();
    }

    /** Reads one whole answer, interim answers skipped. */
    public Answer read() throws IOException {
        return read(false);
    }

    /** Reads one whole answer; a {@code HEAD} has no body whatever its headers say. */
    public Answer read(boolean head) throws IOException {
        Answer answer = readHead();
        while (answer.status == 100) {
            answer = readHead();
        }
        byte[] body = head || answer.status == 204 || answer.status == 304 ? new byte[0] : readBody(answer);
        return new Answer(answer.status, answer.headers, body);
    }

    /** Reads the status line and the headers of an answer. */
    public Answer readHead() throws IOException {
        String[] status = line().split(" ", 3);
        Map<String, List<String>> headers = new TreeMap<>();
        for (String line = line(); !line.isEmpty(); line = line()) {
            int colon = line.indexOf(':');
            headers.computeIfAbsent(line.substring(0, colon).toLowerCase(Locale.ROOT), name -> new ArrayList<>())
                    .add(line.substring(colon + 1).strip());
        }
        return new Answer(Integer.parseInt(status[1]), headers, new byte[0]);
    }

    /** Reads one chunk of a running answer; empty at its end. */
    public byte[] readChunk() throws IOException {
        byte[] chunk = exactly(Integer.parseInt(line(), 16));
        line();
        return chunk;
    }

    /** Reads this many bytes, with a pause after each portion; says how many came. */
    public int readSlowly(int length, int portion, Duration pause) throws IOException, InterruptedException {
        int read = 0;
        while (read < length) {
            int got = in.readNBytes(Math.min(portion, length - read)).length;
            read += got;
            if (got == 0) {
                return read;
            }
            Thread.sleep(pause);
        }
        return read;
    }

    /** All answers until the server closes; what is cut off in the middle is left out. */
    public List<Answer> readAll() throws IOException {
        List<Answer> answers = new ArrayList<>();
        try {
            while (true) {
                answers.add(read());
            }
        } catch (EOFException | SocketException end) {
            return answers;
        }
    }

    /** Waits until the server closes; whatever comes before is dropped. False when it stays open for {@code millis}. */
    public boolean closedWithin(int millis) throws IOException {
        socket.setSoTimeout(millis);
        try {
            while (in.read() >= 0) {
                // Dropped.
            }
            return true;
        } catch (SocketTimeoutException open) {
            return false;
        } catch (SocketException reset) {
            return true;
        } finally {
            if (!socket.isClosed()) {
                socket.setSoTimeout(PATIENCE_MILLIS);
            }
        }
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }

    private static boolean isHead(String request) {
        return request.startsWith("HEAD ");
    }

    private byte[] readBody(Answer answer) throws IOException {
        Optional<String> length = answer.header("content-length");
        if (length.isPresent()) {
            return exactly(Integer.parseInt(length.get()));
        }
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        if (answer.header("transfer-encoding").isPresent()) {
            for (byte[] chunk = readChunk(); chunk.length > 0; chunk = readChunk()) {
                body.write(chunk);
            }
        }
        return body.toByteArray();
    }

    private byte[] exactly(int length) throws IOException {
        byte[] bytes = in.readNBytes(length);
        if (bytes.length < length) {
            throw new EOFException("answer ended early");
        }
        return bytes;
    }

    private String line() throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        for (int c = in.read(); c != '\n'; c = in.read()) {
            if (c < 0) {
                throw new EOFException("connection closed");
            }
            if (c != '\r') {
                line.write(c);
            }
        }
        return line.toString(StandardCharsets.ISO_8859_1);
    }
}
