package gptbroker.live;

import static gptbroker.live.LiveServer.PATH;
import static org.assertj.core.api.Assertions.assertThat;

import gptbroker.testing.RawHttp;
import gptbroker.testing.WebSocketClient;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;

/** Clients of a server of their own, one a test. */
abstract class LiveClients {
    static final String USER = "Authorization: Bearer user-1\r\n";
    static final String BEGIN = "retry: 2000\n\n";
    static final Duration LONG = Duration.ofMinutes(1);
    static final Duration SHORT = Duration.ofMillis(100);

    final String topic = UUID.randomUUID().toString();
    private final String prefix = "live-" + UUID.randomUUID();
    LiveServer server = new LiveServer();

    @AfterEach
    void stop() {
        server.close();
    }

    final void restart(Set<String> origins, int seats, Duration ping, Duration check) {
        restart(origins, seats, ping, check, LiveServer.WRITE);
    }

    final void restart(Set<String> origins, int seats, Duration ping, Duration check, Duration write) {
        server.close();
        server = new LiveServer(prefix, origins, seats, ping, check, write);
    }

    final RawHttp events(String headers) throws IOException {
        RawHttp client = RawHttp.connect(server.port());
        client.send(RawHttp.request("GET", PATH + "?id=" + topic, headers, ""));
        return client;
    }

    final RawHttp listening(String headers) throws IOException {
        RawHttp client = events(headers);
        assertThat(client.readHead().status()).isEqualTo(200);
        assertThat(chunk(client)).isEqualTo(BEGIN);
        return client;
    }

    final WebSocketClient socket(String query, String headers) throws IOException {
        return WebSocketClient.connect(
                server.port(), PATH + "?id=" + topic + query, WebSocketClient.handshake() + headers);
    }

    static String chunk(RawHttp client) throws IOException {
        return new String(client.readChunk(), StandardCharsets.UTF_8);
    }
}
