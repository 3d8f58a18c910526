package gptbroker.http;

import io.helidon.http.HeaderName;
import io.helidon.http.HeaderNames;
import io.helidon.http.HeaderValues;
import io.helidon.http.Status;
import io.helidon.webserver.CloseConnectionException;
import io.helidon.webserver.ConnectionContext;
import io.helidon.webserver.http.RoutingResponse;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * The answer of one request on the wire: sent once, whole or in pieces, each blocked write under a deadline. What it
 * promises is said at {@link Exchange}. Used by the request's thread alone.
 */
final class Reply {
    /** A write to the socket. */
    interface Write {
        void run() throws IOException;
    }

    private final RoutingResponse response;
    private final Deadline deadline;
    private final Duration writeTimeout;
    private final boolean withoutBody;
    private @Nullable AnswerStream stream;
    private @Nullable WebSocket socket;
    private boolean committed;
    private boolean last;
    private int status;
    private long bytes;

    /**
     * Sends nothing yet.
     *
     * @param writeTimeout for one blocked write
     * @param withoutBody whether the request is a {@code HEAD}
     */
    Reply(RoutingResponse response, Deadline deadline, Duration writeTimeout, boolean withoutBody) {
        this.response = response;
        this.deadline = deadline;
        this.writeTimeout = writeTimeout;
        this.withoutBody = withoutBody;
    }

    void header(String name, String value) {
        requireValue(name, value);
        response.header(HeaderNames.create(name), value);
    }

    void addHeader(String name, String value) {
        requireValue(name, value);
        response.headers().add(HeaderValues.create(name, value));
    }

    /** Sets a header that the handler has not set. */
    void headerIfAbsent(HeaderName name, String value) {
        requireUncommitted();
        if (!response.headers().contains(name)) {
            response.header(name, value);
        }
    }

    void send(int status, String contentType, byte[] body) throws ClientGone {
        begin(status, contentType);
        if (!withoutBody && body.length <= AnswerStream.SLICE) {
            bytes = body.length;
            write(() -> response.send(body));
            return;
        }
        response.headers().contentLength(body.length);
        if (withoutBody) {
            write(() -> response.send(new byte[0]));
        } else {
            stream = new AnswerStream(this, response.outputStream());
            stream.write(body, 0, body.length);
        }
    }

    void send(int status) throws ClientGone {
        begin(status, null);
        write(() -> response.send(new byte[0]));
    }

    AnswerStream stream(int status, String contentType) {
        begin(status, contentType);
        stream = new AnswerStream(this, withoutBody ? OutputStream.nullOutputStream() : response.outputStream());
        return stream;
    }

    /** Sends the head of a WebSocket, whose connection speaks no HTTP from then on. */
    WebSocket webSocket(ConnectionContext connection, byte[] head, Runnable news) throws ClientGone {
        requireUncommitted();
        var opened = new WebSocket(this, connection, news);
        committed = true;
        status = 101;
        socket = opened;
        opened.begin(head);
        return opened;
    }

    /** Lets the connection end with this answer. */
    void endConnection() {
        requireUncommitted();
        last = true;
        response.header(HeaderValues.CONNECTION_CLOSE);
    }

    /** Ends the answer on the wire; afterwards the connection may carry the next request. */
    void finish() throws ClientGone {
        if (stream == null) {
            return;
        }
        if (withoutBody) {
            write(() -> response.send(new byte[0]));
        } else {
            stream.finish();
            write(response::commit);
        }
    }

    /** Runs one blocking write under the write deadline. */
    void write(Write step) throws ClientGone {
        write(writeTimeout, step);
    }

    /** Runs one blocking write under a deadline, at most the usual one. */
    void write(Duration within, Write step) throws ClientGone {
        deadline.enter(Deadline.Cause.WRITE, within.compareTo(writeTimeout) < 0 ? within : writeTimeout);
        try {
            step.run();
        } catch (CloseConnectionException | IOException | UncheckedIOException e) {
            throw new ClientGone(e);
        } finally {
            deadline.leave();
        }
    }

    boolean committed() {
        return committed;
    }

    /** Whether the connection must end with it. */
    boolean isLast() {
        return last;
    }

    /** Whether the connection speaks no HTTP any more. */
    boolean switched() {
        return socket != null;
    }

    /** 0 before it has begun. */
    int status() {
        return status;
    }

    /** Bytes of content. */
    long bytes() {
        if (socket != null) {
            return socket.bytes();
        }
        return stream == null ? bytes : stream.bytes();
    }

    private void begin(int status, @Nullable String contentType) {
        requireUncommitted();
        committed = true;
        this.status = status;
        if (contentType != null) {
            response.header(HeaderNames.CONTENT_TYPE, contentType);
        }
        response.status(Status.create(status));
    }

    private void requireValue(String name, String value) {
        for (int i = 0; i < value.length(); i++) {
            char c = value.charAt(i);
            if (c < 0x20 || c == 0x7f || c > 0xff) {
                throw new IllegalArgumentException("not a header value: " + name);
            }
        }
        requireUncommitted();
    }

    void requireUncommitted() {
        if (committed) {
            throw new IllegalStateException("the answer has begun");
        }
    }
}
