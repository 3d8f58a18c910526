package gptbroker.testing;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A model provider on loopback that answers exactly the bytes it is told, well-formed or not. The script runs once per
 * request, on the connection's own thread.
 */
public final class FakeProvider implements AutoCloseable {
    /** Answers one request. */
    @FunctionalInterface
    public interface Script {
        void answer(Request request, Wire wire) throws Exception;
    }

    /**
     * A request as it came.
     *
     * @param line the request line
     * @param headers by lower-case name; the last value counts
     * @param number 1 for the first request of this provider
     * @param connection 1 for the first connection
     */
    public record Request(String line, Map<String, String> headers, byte[] body, int number, int connection) {
        /** The body as text. */
        public String text() {
            return new String(body, StandardCharsets.UTF_8);
        }
    }

    private final ServerSocket server;
    private final Set<Socket> open = ConcurrentHashMap.newKeySet();
    private final List<Request> requests = new CopyOnWriteArrayList<>();
    private final AtomicInteger connections = new AtomicInteger();
    private final AtomicInteger numbers = new AtomicInteger();
    private volatile Script script;

    /** Starts on a free port. */
    public FakeProvider(Script script) throws IOException {
        this.script = script;
        this.server = new ServerSocket(0, 1024, InetAddress.getLoopbackAddress());
        Thread.ofVirtual().start(this::accept);
    }

    /** From now on. */
    public void script(Script next) {
        script = next;
    }

    public int port() {
        return server.getLocalPort();
    }

    public URI uri() {
        return URI.create("http://127.0.0.1:" + port());
    }

    public List<Request> requests() {
        return requests;
    }

    /** Connections accepted so far. */
    public int connections() {
        return connections.get();
    }

    /** Connections open now. */
    public int openConnections() {
        return open.size();
    }

    @Override
    public void close() throws IOException {
        server.close();
        for (Socket socket : open) {
            socket.close();
        }
    }

    /** A 200 answer with a length. */
    public static byte[] json(String body) {
        return answer(200, "Content-Type: application/json\r\n", body);
    }

    /** Any answer with a length; headers end with CRLF each. */
    public static byte[] answer(int status, String headers, String body) {
        byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
        return concat(
                ascii("HTTP/1.1 " + status + " Whatever\r\n" + headers + "Content-Length: " + bytes.length
                        + "\r\n\r\n"),
                bytes);
    }

    /** The head of a chunked event stream. */
    public static byte[] streamHead() {
        return ascii("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n");
    }

    /** One chunk of a chunked body. */
    public static byte[] chunk(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        return concat(ascii(Integer.toHexString(bytes.length) + "\r\n"), bytes, ascii("\r\n"));
    }

    /** The end of a chunked body. */
    public static byte[] lastChunk() {
        return ascii("0\r\n\r\n");
    }

    /** An event with a piece of text. */
    public static String event(String text) {
        return "data: {\"id\":\"chatcmpl-1\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"" + text
                + "\"},\"finish_reason\":null}],\"usage\":null}\n\n";
    }

    /** The events that end a stream: finish reason, usage with no choices, done. */
    public static String ending() {
        return "data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}],\"usage\":null}\n\n"
                + "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":7,\"completion_tokens\":3,\"total_tokens\":10}}\n\n"
                + "data: [DONE]\n\n";
    }

    /** A whole chunked stream of these pieces, one chunk each. */
    public static byte[] stream(String... pieces) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        all.writeBytes(streamHead());
        for (String piece : pieces) {
            all.writeBytes(chunk(event(piece)));
        }
        all.writeBytes(chunk(ending()));
        all.writeBytes(lastChunk());
        return all.toByteArray();
    }

    /** A whole answer's document. */
    public static String completion(String text) {
        return "{\"id\":\"chatcmpl-9\",\"object\":\"chat.completion\",\"choices\":[{\"index\":0,\"message\":"
                + "{\"role\":\"assistant\",\"content\":\"" + text + "\"},\"finish_reason\":\"stop\"}],"
                + "\"usage\":{\"prompt_tokens\":11,\"completion_tokens\":5,\"total_tokens\":16}}";
    }

    public static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    public static byte[] concat(byte[]... parts) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            all.writeBytes(part);
        }
        return all.toByteArray();
    }

    private void accept() {
        while (!server.isClosed()) {
            try {
                Socket socket = server.accept();
                socket.setTcpNoDelay(true);
                open.add(socket);
                int number = connections.incrementAndGet();
                Thread.ofVirtual().start(() -> serve(socket, number));
            } catch (IOException e) {
                return;
            }
        }
    }

    private void serve(Socket socket, int connection) {
        try (socket) {
            InputStream in = new BufferedInputStream(socket.getInputStream());
            while (!socket.isClosed()) {
                String line = readLine(in);
                if (line == null) {
                    return;
                }
                Request request = read(line, in, connection);
                requests.add(request);
                script.answer(request, new Wire(socket, in));
            }
        } catch (Exception e) {
            // The client left, or the script wanted it so.
        } finally {
            open.remove(socket);
        }
    }

    private Request read(String line, InputStream in, int connection) throws IOException {
        Map<String, String> headers = new TreeMap<>();
        for (String header = readLine(in); header != null && !header.isEmpty(); header = readLine(in)) {
            int colon = header.indexOf(':');
            headers.put(
                    header.substring(0, colon).toLowerCase(Locale.ROOT),
                    header.substring(colon + 1).strip());
        }
        byte[] body = in.readNBytes(Integer.parseInt(headers.getOrDefault("content-length", "0")));
        return new Request(line, headers, body, numbers.incrementAndGet(), connection);
    }

    private static String readLine(InputStream in) throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        for (int b = in.read(); b != '\n'; b = in.read()) {
            if (b < 0) {
                return null;
            }
            if (b != '\r') {
                line.write(b);
            }
        }
        return line.toString(StandardCharsets.ISO_8859_1);
    }

    /** What a script can do to the connection. */
    public static final class Wire {
        private final Socket socket;
        private final InputStream in;
        private final OutputStream out;

        Wire(Socket socket, InputStream in) throws IOException {
            this.socket = socket;
            this.in = in;
            this.out = socket.getOutputStream();
        }

        /** Sends bytes as they are. */
        public Wire send(byte[]... parts) throws IOException {
            for (byte[] part : parts) {
                out.write(part);
            }
            out.flush();
            return this;
        }

        /** Sends bytes one by one, each in its own write. */
        public Wire drip(byte[] bytes) throws IOException {
            for (byte b : bytes) {
                out.write(b);
                out.flush();
            }
            return this;
        }

        /** Sends the first bytes and ends the connection. */
        public void cutAfter(byte[] bytes, int length) throws IOException {
            out.write(bytes, 0, length);
            out.flush();
            socket.close();
        }

        /** Ends the connection in order. */
        public void close() throws IOException {
            socket.close();
        }

        /** Resets the connection. */
        public void reset() throws IOException {
            socket.setSoLinger(true, 0);
            socket.close();
        }

        /** Says nothing more until the client ends the connection; then counts down. */
        public void stall(CountDownLatch clientLeft) {
            try {
                while (in.read() >= 0) {
                    // Nothing is expected.
                }
            } catch (IOException e) {
                // A reset is an end, too.
            }
            clientLeft.countDown();
        }

        /** Waits for the test. */
        public Wire await(CountDownLatch latch) throws InterruptedException {
            if (!latch.await(60, TimeUnit.SECONDS)) {
                throw new IllegalStateException("the test forgot this connection");
            }
            return this;
        }

        public OutputStream out() {
            return out;
        }
    }
}
