package gptbroker.live;

import gptbroker.http.Exchange;
import gptbroker.http.Parameters;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * Where the credential of a live stream stands. A browser can set no header for an {@code EventSource} or a
 * {@code WebSocket}, so there are two more places: {@code Sec-WebSocket-Protocol: bearer, <token>} and {@code ?token=}.
 * The {@code Authorization} header comes first, good or bad.
 *
 * @param authorization as if it stood in the header
 * @param protocol the subprotocol to answer with; empty when none was used
 */
record LiveCredential(List<String> authorization, String protocol) {
    private static final String PROTOCOL = "bearer";

    static LiveCredential of(Exchange exchange) {
        List<String> header = exchange.headers("Authorization");
        Optional<String> offered = offered(exchange);
        String protocol = offered.isPresent() ? PROTOCOL : "";
        if (!header.isEmpty()) {
            return new LiveCredential(header, protocol);
        }
        return new LiveCredential(
                offered.or(() -> Parameters.text(exchange, "token"))
                        .map(token -> List.of("Bearer " + token))
                        .orElse(List.of()),
                protocol);
    }

    /** Whether a page must have been given it, as it is no cookie. */
    boolean explicit() {
        return !authorization.isEmpty();
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
