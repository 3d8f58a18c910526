package gptbroker.http;

import io.helidon.http.Headers;
import io.helidon.http.HttpPrologue;
import io.helidon.webserver.ConnectionContext;
import io.helidon.webserver.http1.Http1ConnectionListener;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Bounds the time between a request's first line and the end of its headers; Helidon's idle timeout covers only the
 * wait for the first line. A head that takes longer loses its connection.
 */
final class HeadDeadline implements Http1ConnectionListener {
    /** What a connection's own thread, which ends with it, knows of it. */
    private static final class Head {
        private final ConnectionContext connection;
        private @Nullable Deadline parsing;

        private Head(ConnectionContext connection) {
            this.connection = connection;
        }
    }

    private final ThreadLocal<@Nullable Head> heads = new ThreadLocal<>();

    private final Watchdog watchdog;
    private final Duration limit;

    HeadDeadline(Watchdog watchdog, Duration limit) {
        this.watchdog = watchdog;
        this.limit = limit;
    }

    @Override
    public void prologue(ConnectionContext connection, HttpPrologue prologue) {
        Head head = heads.get();
        if (head == null) {
            head = new Head(connection);
            heads.set(head);
        }
        head.parsing = watchdog.watch(limit);
    }

    @Override
    public void headers(ConnectionContext connection, Headers headers) {
        Deadline parsing = current().parsing;
        if (parsing != null) {
            parsing.close();
        }
    }

    /** The connection of the request that the calling thread serves. */
    ConnectionContext connection() {
        return current().connection;
    }

    /** Watches the request whose head has been read. */
    Deadline watch(Duration total) {
        return watchdog.watch(total);
    }

    private Head current() {
        Head head = heads.get();
        if (head == null) {
            throw new IllegalStateException("not a connection's thread");
        }
        return head;
    }
}
