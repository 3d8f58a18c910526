package gptbroker.live;

import gptbroker.http.Exchange;
import gptbroker.http.Parameters;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * Where the credential of a live stream stands. A browser can set no header for an {@code EventSource} or a
 * {@code WebSocket}, so there are two more places: {@code Sec-WebSocket-Protocol: bearer, <token>} and {@code ?token=}.
 * They read as if the token stood in the {@code Authorization} header, which comes first, good or bad.
 *
 * @param exchange the request
 * @param token from one of the two other places; empty when there is none, or a header
 * @param protocol the subprotocol to answer with; empty when none was used
 */
record LiveCredential(Exchange exchange, Optional<String> token, String protocol) {
    private static final String HEADER = "Authorization";
    private static final String PROTOCOL = "bearer";

    static LiveCredential of(Exchange exchange) {
        Optional<String> offered = offered(exchange);
        Optional<String> token = exchange.headers(HEADER).isEmpty()
                ? offered.or(() -> Parameters.text(exchange, "token"))
                : Optional.empty();
        return new LiveCredential(exchange, token, offered.isPresent() ? PROTOCOL : "");
    }

    /** The values of a request header, the token among them. */
    List<String> headers(String name) {
        return token.filter(given -> name.equalsIgnoreCase(HEADER))
                .map(given -> List.of("Bearer " + given))
                .orElseGet(() -> exchange.headers(name));
    }

    /** The word after {@code bearer}. */
    private static Optional<String> offered(Exchange exchange) {
        List<String> words = exchange.headers("Sec-WebSocket-Protocol").stream()
                .flatMap(line -> Arrays.stream(line.split(",")))
                .map(String::strip)
                .toList();
        int at = words.indexOf(PROTOCOL);
        return at >= 0 && at + 1 < words.size() ? Optional.of(words.get(at + 1)) : Optional.empty();
    }
}
