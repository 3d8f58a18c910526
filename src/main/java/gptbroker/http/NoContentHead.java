package gptbroker.http;

import io.helidon.http.HeaderNames;
import io.helidon.http.Headers;
import io.helidon.http.Status;
import io.helidon.http.WritableHeaders;
import io.helidon.webserver.ConnectionContext;
import io.helidon.webserver.http1.Http1ConnectionListener;

/**
 * Takes the length off answers that have none: Helidon 4.5 sends {@code Content-Length: 0} with every 204 and 304. The
 * first must not have one (RFC 9110 §8.6), and of the second it would be the length of something else.
 */
final class NoContentHead implements Http1ConnectionListener {
    /** Set between an answer's status and its headers, which a connection's thread sends in one go. */
    private final ThreadLocal<Boolean> bare = new ThreadLocal<>();

    @Override
    public void status(ConnectionContext connection, Status status) {
        if (status.code() == 204 || status.code() == 304) {
            bare.set(true);
        }
    }

    @Override
    public void headers(ConnectionContext connection, Headers headers) {
        if (bare.get() != null) {
            bare.remove();
            if (headers instanceof WritableHeaders<?> writable) {
                writable.remove(HeaderNames.CONTENT_LENGTH);
            }
        }
    }
}
