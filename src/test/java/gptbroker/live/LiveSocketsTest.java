package gptbroker.live;

import static gptbroker.live.LiveServer.PATH;
import static org.assertj.core.api.Assertions.assertThat;

import gptbroker.testing.RawHttp;
import gptbroker.testing.WebSocketClient;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** WebSockets in order and out of it (list J). */
class LiveSocketsTest extends LiveClients {
    @Test
    void aWebSocketDeliversWhatIsPublished() throws Exception {
        try (WebSocketClient socket = socket("", USER)) {
            assertThat(socket.head())
                    .startsWith("HTTP/1.1 101 ")
                    .contains("Sec-WebSocket-Accept: " + WebSocketClient.ACCEPT)
                    .contains("X-Request-Id: ");
            server.publish(topic, "{\"n\":1}");
            assertThat(socket.readText()).isEqualTo("{\"n\":1}");
            String large = "{\"n\":\"" + "x".repeat(70_000) + "\"}";
            server.publish(topic, large);
            assertThat(socket.readText()).isEqualTo(large);
            String middling = "{\"n\":\"" + "x".repeat(300) + "\"}";
            server.publish(topic, middling);
            assertThat(socket.readText()).isEqualTo(middling);
            assertThat(socket.send(0x88, new byte[] {3, (byte) 0xe8}).readClose())
                    .isEqualTo(1000);
            assertThat(socket.isEnded()).isTrue();
        }
    }

    @Test
    void aWebSocketThatAsksForIdsGoesOn() throws Exception {
        String id;
        try (WebSocketClient socket = socket("&last_event_id=", USER)) {
            server.publish(topic, "{\"n\":1}");
            String first = socket.readText();
            assertThat(first).matches("\\{\"id\":\"\\d+-\\d+\",\"n\":1}");
            id = first.split("\"")[3];
        }
        server.publish(topic, "{\"n\":2}");
        try (WebSocketClient socket = socket("&last_event_id=" + id, USER)) {
            assertThat(socket.readText()).endsWith(",\"n\":2}");
        }
    }

    @Test
    void aHandshakeMustBeInOrder() throws Exception {
        String target = PATH + "?id=" + topic;
        String good = WebSocketClient.handshake() + USER;
        assertThat(WebSocketClient.connect(server.port(), target, good.replace("Version: 13", "Version: 8"))
                        .head())
                .startsWith("HTTP/1.1 426 ")
                .contains("Sec-WebSocket-Version: 13")
                .contains("upgrade_required");
        for (String bad : List.of(
                good.replace("Key: dGhl", "Key: "),
                good.replace("Key: dGhl", "Key: !!!!"),
                good.replace("Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n", ""),
                good + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n",
                good.replace("Connection: Upgrade", "Connection: keep-alive"),
                good + "Content-Length: 2\r\n\r\n{}")) {
            assertThat(WebSocketClient.connect(server.port(), target, bad).status())
                    .as(bad)
                    .isEqualTo(400);
        }
        assertThat(RawHttp.call(server.port(), RawHttp.request("POST", target, good, ""))
                        .status())
                .isEqualTo(400);
    }

    @Test
    void foreignPagesAreKeptOut() throws Exception {
        assertThat(socket("", USER + "Origin: https://evil.example\r\n").status())
                .isEqualTo(101);
        restart(Set.of(LiveServer.PAGE), 8, LONG, LONG);
        assertThat(socket("", USER + "Origin: https://evil.example\r\n").status())
                .isEqualTo(403);
        assertThat(socket("", USER + "Origin: null\r\n").status()).isEqualTo(403);
        assertThat(socket("", USER + "Origin: " + LiveServer.PAGE + "\r\n").status())
                .isEqualTo(101);
        assertThat(socket("", USER + "Origin: https://localhost\r\n").status()).isEqualTo(101);
    }

    @Test
    void whatAClientSaysIsForgotten() throws Exception {
        try (WebSocketClient socket = socket("", USER)) {
            socket.send(0x81, "hello".getBytes(StandardCharsets.UTF_8));
            socket.send(0x82, new byte[512]).send(0x8a, new byte[0]);
            socket.send(0x01, new byte[100]).send(0x89, new byte[] {7, 8}).send(0x80, new byte[100]);
            WebSocketClient.Frame pong = socket.read();
            assertThat(pong.opcode()).isEqualTo(10);
            assertThat(pong.payload()).containsExactly(7, 8);
            server.publish(topic, "{\"n\":1}");
            assertThat(socket.readText()).isEqualTo("{\"n\":1}");
        }
    }

    @Test
    void badFramesEndTheConnection() throws Exception {
        assertThat(closing(new byte[] {(byte) 0x81, 2, 'h', 'i'}))
                .as("unmasked")
                .isEqualTo(1002);
        assertThat(closing(masked(0xc1, 1))).as("reserved bit").isEqualTo(1002);
        assertThat(closing(masked(0x83, 1))).as("reserved code").isEqualTo(1002);
        assertThat(closing(masked(0x80, 1))).as("nothing to continue").isEqualTo(1002);
        assertThat(closing(masked(0x09, 1))).as("fragmented ping").isEqualTo(1002);
        assertThat(closing(masked(0x89, 126))).as("long ping").isEqualTo(1002);
        assertThat(closing(masked(0x81, 513))).as("oversize").isEqualTo(1009);
        byte[] endless = new byte[14];
        endless[0] = (byte) 0x82;
        Arrays.fill(endless, 1, 10, (byte) 0xff);
        assertThat(closing(endless)).as("endless").isEqualTo(1009);
        assertThat(closing(new byte[] {1, (byte) 0x80, 0, 0, 0, 0, 1, (byte) 0x80, 0, 0, 0, 0}))
                .as("a message in a message")
                .isEqualTo(1002);
        assertThat(closing(times(masked(0x00, 100), 5, masked(0x01, 100))))
                .as("fragments")
                .isEqualTo(1009);
        assertThat(closing(times(masked(0x89, 1), 60, new byte[0])))
                .as("ping flood")
                .isEqualTo(1008);
        assertThat(closing(times(masked(0x00, 0), 60, masked(0x01, 0))))
                .as("fragment flood")
                .isEqualTo(1008);
    }

    private int closing(byte[] bytes) throws IOException {
        try (WebSocketClient socket = socket("", USER)) {
            return socket.write(bytes).readClose();
        }
    }

    private static byte[] masked(int first, int size) {
        byte[] head = size < 126
                ? new byte[] {(byte) first, (byte) (0x80 | size)}
                : new byte[] {(byte) first, (byte) 0xfe, (byte) (size >> 8), (byte) size};
        return Arrays.copyOf(head, head.length + 4 + size);
    }

    private static byte[] times(byte[] frame, int times, byte[] first) {
        var all = new ByteArrayOutputStream();
        all.writeBytes(first);
        for (int i = 0; i < times; i++) {
            all.writeBytes(frame);
        }
        return all.toByteArray();
    }
}
