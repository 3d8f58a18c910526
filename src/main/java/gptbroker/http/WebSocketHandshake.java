package gptbroker.http;

import gptbroker.problem.Problem;
import gptbroker.problem.ProblemCode;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.stream.Stream;

/**
 * A client's wish to speak WebSocket, found in order (RFC 6455 §4.2.1).
 *
 * @param accept what proves to the client that it was understood
 * @param protocols the subprotocols that it offers, in its order
 */
public record WebSocketHandshake(String accept, List<String> protocols) {
    private static final String GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
    private static final int KEY_BYTES = 16;

    public WebSocketHandshake {
        protocols = List.copyOf(protocols);
    }

    /** Whether a request asks for a WebSocket, in whatever form. */
    public static boolean isAsked(Exchange exchange) {
        return words(exchange, "Upgrade").anyMatch("websocket"::equalsIgnoreCase);
    }

    /**
     * Reads the wish of a request.
     *
     * @throws Problem 400 {@code bad_request} when it is not one, 426 {@code upgrade_required} for another version
     */
    public static WebSocketHandshake of(Exchange exchange) {
        boolean upgrade = words(exchange, "Connection").anyMatch("upgrade"::equalsIgnoreCase);
        List<String> keys = exchange.headers("Sec-WebSocket-Key");
        if (!exchange.method().equals("GET") || !upgrade || exchange.contentLength() > 0 || keys.size() != 1) {
            throw Problem.of(ProblemCode.BAD_REQUEST, "no WebSocket handshake");
        }
        if (!exchange.headers("Sec-WebSocket-Version").equals(List.of("13"))) {
            exchange.header("Sec-WebSocket-Version", "13");
            exchange.header("Upgrade", "websocket");
            throw Problem.of(ProblemCode.UPGRADE_REQUIRED);
        }
        return new WebSocketHandshake(
                accept(keys.getFirst()),
                words(exchange, "Sec-WebSocket-Protocol").toList());
    }

    /** The values of a header that is a comma list. */
    private static Stream<String> words(Exchange exchange, String header) {
        return exchange.headers(header).stream()
                .flatMap(line -> Arrays.stream(line.split(",")))
                .map(String::strip)
                .filter(word -> !word.isEmpty());
    }

    private static String accept(String key) {
        try {
            if (Base64.getDecoder().decode(key).length != KEY_BYTES) {
                throw Problem.of(ProblemCode.BAD_REQUEST, "no WebSocket key");
            }
            byte[] digest = MessageDigest.getInstance("SHA-1")
                    .digest((key + GUID).getBytes(StandardCharsets.US_ASCII)); // as the RFC has it
            return Base64.getEncoder().encodeToString(digest);
        } catch (IllegalArgumentException malformed) {
            throw Problem.of(ProblemCode.BAD_REQUEST, "no WebSocket key");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    /** The head of the answer, with a chosen subprotocol unless it is empty. */
    byte[] answer(String protocol, String requestId) {
        String chosen = protocol.isEmpty() ? "" : "Sec-WebSocket-Protocol: " + protocol + "\r\n";
        return ("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                        + "Sec-WebSocket-Accept: " + accept + "\r\n" + chosen + "X-Request-Id: "
                        + requestId + "\r\n\r\n")
                .getBytes(StandardCharsets.US_ASCII);
    }
}
