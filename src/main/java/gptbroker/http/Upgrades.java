package gptbroker.http;

import io.helidon.http.HeaderNames;
import io.helidon.http.Headers;
import io.helidon.webserver.ConnectionContext;
import java.util.Optional;

/**
 * Remembers the connection of a request that asks for another protocol. Helidon's own upgrade happens before routing, so
 * past the gate: without request id, limits, log, metrics and drain. So the request is routed like any other, and its
 * handler takes the connection from here.
 */
final class Upgrades {
    /** A head is parsed and handled by its connection's own thread. */
    private static final ThreadLocal<ConnectionContext> ASKED = new ThreadLocal<>();

    private Upgrades() {}

    /** Told of each request's head by the thread that will handle it. */
    static void note(ConnectionContext connection, Headers headers) {
        if (headers.contains(HeaderNames.UPGRADE)) {
            ASKED.set(connection);
        }
    }

    /** The connection of the request that the calling thread handles, if it has an {@code Upgrade} header. */
    static Optional<ConnectionContext> take() {
        ConnectionContext connection = ASKED.get();
        ASKED.remove();
        return Optional.ofNullable(connection);
    }
}
