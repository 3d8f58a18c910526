package gptbroker.http;

import io.helidon.http.Header;
import io.helidon.http.HeaderNames;
import io.helidon.http.HeaderValues;
import io.helidon.http.WritableHeaders;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Cross-origin rules (S3.6-S3.8, Fetch standard): every origin may call with a bearer token; only listed origins may
 * send credentials. The headers stand on every answer, errors included, or a browser shows a network error instead.
 *
 * <p>Immutable, thread-safe.
 */
final class Cors {
    private static final Header ANY_ORIGIN = HeaderValues.createCached("Access-Control-Allow-Origin", "*");
    private static final Header CREDENTIALS = HeaderValues.createCached("Access-Control-Allow-Credentials", "true");
    private static final Header VARY = HeaderValues.createCached("Vary", "Origin");
    private static final Header METHODS =
            HeaderValues.createCached("Access-Control-Allow-Methods", "GET,HEAD,PUT,POST,DELETE,PATCH");
    private static final Header MAX_AGE = HeaderValues.createCached("Access-Control-Max-Age", "7200");
    private static final Header EXPOSED = HeaderValues.createCached(
            "Access-Control-Expose-Headers",
            "X-Request-Id, X-Error-Code, RateLimit, RateLimit-Policy, X-RateLimit-Limit, X-RateLimit-Remaining, "
                    + "X-RateLimit-Reset, X-RateLimit-Limit-Requests, X-RateLimit-Remaining-Requests, "
                    + "X-RateLimit-Reset-Requests, X-RateLimit-Limit-Tokens, X-RateLimit-Remaining-Tokens, "
                    + "X-RateLimit-Reset-Tokens, Retry-After, X-Should-Retry, X-Cache, X-Cache-Timestamp, Age, "
                    + "Content-Location");

    private static final Pattern HEADER_LIST = Pattern.compile("[A-Za-z0-9!#$%&'*+.^_`|~, -]{1,1024}");

    private final boolean crossOrigin;
    private final Set<String> credentialed;

    private Cors(boolean crossOrigin, Set<String> credentialed) {
        this.crossOrigin = crossOrigin;
        this.credentialed = Set.copyOf(credentialed);
    }

    /** Every origin, and credentials from these. */
    static Cors open(Set<String> credentialed) {
        return new Cors(true, credentialed);
    }

    /** No origin but our own: for a listener that trusts whoever reaches it, such as a browser on the same machine. */
    static Cors none() {
        return new Cors(false, Set.of());
    }

    /** Whether this request is a preflight that we answer. */
    boolean isPreflight(Exchange x) {
        return crossOrigin
                && x.method().equals("OPTIONS")
                && !x.headers("access-control-request-method").isEmpty();
    }

    /** Sets the headers of an ordinary answer; {@code origins} are the request's {@code Origin} lines. */
    void apply(List<String> origins, WritableHeaders<?> headers) {
        if (crossOrigin) {
            headers.set(VARY);
            allowOrigin(origins, headers);
            headers.set(EXPOSED);
        }
    }

    /** Sets the headers of a preflight's answer; {@code requested} are the headers that the browser wants to send. */
    void preflight(List<String> origins, List<String> requested, WritableHeaders<?> headers) {
        headers.set(VARY);
        allowOrigin(origins, headers);
        headers.remove(EXPOSED.headerName());
        headers.set(METHODS);
        headers.set(MAX_AGE);
        String list = String.join(",", requested);
        if (HEADER_LIST.matcher(list).matches()) {
            headers.set(HeaderNames.ACCESS_CONTROL_ALLOW_HEADERS, list);
        }
    }

    /** Takes the origin headers off again: a plain OPTIONS has none (S3.8). */
    void withdraw(WritableHeaders<?> headers) {
        headers.remove(ANY_ORIGIN.headerName());
        headers.remove(CREDENTIALS.headerName());
        headers.remove(EXPOSED.headerName());
    }

    private void allowOrigin(List<String> origins, WritableHeaders<?> headers) {
        if (origins.size() == 1 && credentialed.contains(origins.getFirst())) {
            headers.set(HeaderNames.ACCESS_CONTROL_ALLOW_ORIGIN, origins.getFirst());
            headers.set(CREDENTIALS);
        } else {
            headers.set(ANY_ORIGIN);
        }
    }
}
