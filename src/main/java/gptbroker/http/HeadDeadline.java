package gptbroker.http;

import io.helidon.http.Headers;
import io.helidon.http.HttpPrologue;
import io.helidon.webserver.ConnectionContext;
import io.helidon.webserver.http1.Http1ConnectionListener;
import java.time.Duration;

/**
 * Bounds the time between a request's first line and the end of its headers; Helidon's idle timeout covers only the
 * wait for the first line. A head that takes longer loses its connection.
 */
final class HeadDeadline implements Http1ConnectionListener {
    /** A head is parsed by its connection's own thread, which ends with the connection. */
    private final ThreadLocal<Deadline> parsing = new ThreadLocal<>();

    private final Watchdog watchdog;
    private final Duration limit;

    HeadDeadline(Watchdog watchdog, Duration limit) {
        this.watchdog = watchdog;
        this.limit = limit;
    }

    @Override
    public void prologue(ConnectionContext connection, HttpPrologue prologue) {
        parsing.set(watchdog.watch(limit));
    }

    @Override
    public void headers(ConnectionContext connection, Headers headers) {
        parsing.get().close();
        parsing.remove();
        Upgrades.note(connection, headers);
    }
}
