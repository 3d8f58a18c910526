package gptbroker.live;

import static gptbroker.live.LiveServer.PATH;
import static org.assertj.core.api.Assertions.assertThat;

import gptbroker.testing.Eventually;
import gptbroker.testing.RawHttp;
import gptbroker.testing.WebSocketClient;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.Test;

/** Live streams as clients see them: SSE and WebSocket (list J). */
class LiveRoutesTest extends LiveClients {
    @Test
    void anEventStreamBeginsAtOnceAndCarriesIds() throws Exception {
        for (String method : List.of("GET", "POST")) {
            try (RawHttp client = RawHttp.connect(server.port())) {
                client.send(RawHttp.request(method, PATH + "?id=" + topic, USER, ""));
                RawHttp.Answer head = client.readHead();
                assertThat(head.header("content-type")).contains("text/event-stream");
                assertThat(head.header("cache-control")).contains("no-cache");
                assertThat(head.header("x-accel-buffering")).contains("no");
                assertThat(head.header("x-request-id")).isPresent();
                assertThat(chunk(client)).isEqualTo(BEGIN);
                server.publish(topic, "{\"partial\":false}");
                assertThat(chunk(client)).matches("id: \\d+-\\d+\ndata: \\{\"partial\":false}\n\n");
            }
        }
    }

    @Test
    void anEventStreamGoesOnAfterItsLastEvent() throws Exception {
        String id;
        try (RawHttp client = listening(USER)) {
            server.publish(topic, "{\"n\":1}");
            id = chunk(client).split("[ \n]")[1];
        }
        server.publish(topic, "{\"n\":2}");
        try (RawHttp client = listening(USER + "Last-Event-ID: " + id + "\r\n")) {
            assertThat(chunk(client)).endsWith("\ndata: {\"n\":2}\n\n");
        }
        try (RawHttp client = listening(USER + "Last-Event-ID: 1-1\r\n")) {
            assertThat(chunk(client)).isEqualTo("event: gap\ndata: {}\n\n");
            assertThat(chunk(client)).endsWith("\ndata: {\"n\":1}\n\n");
        }
        for (String bad : List.of("x", "1", "-1-1", "1-1-1", "99999999999999999999-1")) {
            assertThat(events(USER + "Last-Event-ID: " + bad + "\r\n").read().status())
                    .as(bad)
                    .isEqualTo(400);
        }
    }

    @Test
    void silenceIsFilledWithComments() throws Exception {
        restart(Set.of(), 8, SHORT, LONG);
        try (RawHttp client = listening(USER);
                WebSocketClient socket = socket("", USER)) {
            assertThat(chunk(client)).isEqualTo(": ping\n\n");
            assertThat(socket.read().opcode()).isEqualTo(9);
        }
    }

    /** More than the whole request may take elsewhere (3 s here). */
    @Test
    void aStreamHasNoTotalTime() throws Exception {
        restart(Set.of(), 8, Duration.ofMillis(700), LONG);
        try (RawHttp client = listening(USER)) {
            for (int i = 0; i < 5; i++) {
                assertThat(chunk(client)).isEqualTo(": ping\n\n");
            }
        }
    }

    @Test
    void theTokenMayStandWhereABrowserCanPutIt() throws Exception {
        try (WebSocketClient socket = socket("", "Sec-WebSocket-Protocol: bearer, user-2\r\n")) {
            assertThat(socket.status()).isEqualTo(101);
            assertThat(socket.head())
                    .contains("Sec-WebSocket-Protocol: bearer\r\n")
                    .doesNotContain("user-2");
        }
        try (WebSocketClient socket = socket("&token=user-2", "Sec-WebSocket-Protocol: chat\r\n")) {
            assertThat(socket.status()).isEqualTo(101);
            assertThat(socket.head()).doesNotContain("Sec-WebSocket-Protocol");
        }
        try (RawHttp client = RawHttp.connect(server.port())) {
            client.send(RawHttp.request("GET", PATH + "?token=user-2&id=" + topic, "", ""));
            assertThat(client.readHead().status()).isEqualTo(200);
        }
        // A bad header is bad, whatever else there is.
        assertThat(socket("&token=user-2", "Authorization: Bearer x\r\n").status())
                .isEqualTo(401);
    }

    @Test
    void whoMayNotListenIsTold() throws Exception {
        server.removed.add("user-1");
        assertThat(socket("", "").status()).isEqualTo(401);
        assertThat(socket("", USER).status()).isEqualTo(404);
        assertThat(events("").read().status()).isEqualTo(401);
        assertThat(events(USER).read().status()).isEqualTo(404);
        assertThat(WebSocketClient.connect(server.port(), PATH, WebSocketClient.handshake() + USER)
                        .status())
                .isEqualTo(400);
    }

    @Test
    void whoMayListenNoMoreIsCutOff() throws Exception {
        restart(Set.of(), 8, LONG, SHORT);
        try (RawHttp client = listening(USER);
                WebSocketClient socket = socket("", USER);
                WebSocketClient other = socket("", "Authorization: Bearer user-2\r\n")) {
            server.removed.add("user-1");
            assertThat(client.readChunk()).isEmpty();
            assertThat(socket.readClose()).isEqualTo(1008);
            server.publish(topic, "{\"n\":1}");
            assertThat(other.readText()).isEqualTo("{\"n\":1}");
        }
    }

    @Test
    void theCredentialsEndIsTheStreamsEnd() throws Exception {
        server.lifetimes.put("user-1", Duration.ofSeconds(1));
        try (RawHttp client = listening(USER);
                WebSocketClient socket = socket("", USER)) {
            assertThat(client.readChunk()).isEmpty();
            assertThat(socket.readClose()).isEqualTo(1008);
        }
    }

    @Test
    void aCallerHasSoManySeats() throws Exception {
        restart(Set.of(), 2, LONG, LONG);
        try (RawHttp first = listening(USER);
                WebSocketClient second = socket("", USER)) {
            assertThat(second.status()).isEqualTo(101);
            assertThat(events(USER).read().header("x-error-code")).contains("concurrency_exceeded");
            assertThat(socket("", USER).status()).isEqualTo(429);
            listening("Authorization: Bearer user-2\r\n").close();
            first.reset();
            // Found out by the next frame or the one after it.
            Eventually.isTrue("a seat is free", () -> {
                server.publish(topic, "{\"n\":1}");
                try (RawHttp again = events(USER)) {
                    return again.readHead().status() == 200;
                }
            });
        }
    }

    @Test
    void aClientThatVanishesLeavesNothingBehind() throws Exception {
        try (RawHttp client = listening(USER)) {
            WebSocketClient socket = socket("", USER);
            assertThat(server.scrape.text()).contains("gpt_broker_live_subscribers 2.0");
            socket.reset();
            client.reset();
            Eventually.isTrue("nobody listens", () -> {
                server.publish(topic, "{\"n\":1}");
                return server.scrape.text().contains("gpt_broker_live_subscribers 0.0");
            });
        }
        // A request is over a moment after its subscription is.
        Eventually.isTrue(
                "no request is left", () -> server.scrape.text().contains("gpt_broker_in_flight_requests 0.0"));
    }

    /** They are told to go elsewhere before the other requests are waited for. */
    @Test
    void aStoppingBrokerEndsThem() throws Exception {
        try (RawHttp client = listening(USER);
                WebSocketClient socket = socket("", USER)) {
            var drained = new FutureTask<Void>(() -> {
                server.server.drain();
                return null;
            });
            Thread.startVirtualThread(drained);
            assertThat(client.readChunk()).isEmpty();
            assertThat(socket.readClose()).isEqualTo(1001);
            drained.get();
        }
    }

    @Test
    void whoNeverReadsIsCutOff() throws Exception {
        restart(Set.of(), 8, LONG, LONG, Duration.ofSeconds(1));
        String large = "{\"x\":\"" + "x".repeat(60_000) + "\"}";
        try (RawHttp stuck = RawHttp.connect(server.port(), 1_024)) {
            stuck.send(RawHttp.request("GET", PATH + "?id=" + topic, USER, ""));
            assertThat(stuck.readHead().status()).isEqualTo(200);
            Eventually.within(Duration.ofSeconds(60), "cut off", () -> {
                server.publish(topic, large);
                return server.scrape.text().contains("gpt_broker_live_subscribers 0.0");
            });
        }
    }

    private static Callable<Integer> readsAll(RawHttp client) {
        return () -> {
            int n = 0;
            while (n < 300) {
                assertThat(chunk(client)).contains("data: {\"n\":" + n + ",");
                n++;
            }
            return n;
        };
    }

    /** Five hundred, of which half never read: the others get everything, and the writer never waits. */
    @Test
    void slowReadersHurtNobody() throws Exception {
        List<RawHttp> reading = new ArrayList<>();
        List<RawHttp> idle = new ArrayList<>();
        String padding = "x".repeat(4_000);
        try {
            for (int i = 0; i < 250; i++) {
                reading.add(listening("Authorization: Bearer user-" + i + "\r\n"));
                RawHttp stuck = RawHttp.connect(server.port(), 1_024);
                stuck.send(
                        RawHttp.request("GET", PATH + "?id=" + topic, "Authorization: Bearer user-" + i + "\r\n", ""));
                assertThat(stuck.readHead().status()).isEqualTo(200);
                idle.add(stuck);
            }
            for (int n = 0; n < 300; n++) {
                server.publish(topic, "{\"n\":" + n + ",\"x\":\"" + padding + "\"}");
            }
            // All at the same time: who is not read from yet is a slow reader too.
            try (var readers = Executors.newVirtualThreadPerTaskExecutor()) {
                var read = readers.invokeAll(
                        reading.stream().map(LiveRoutesTest::readsAll).toList());
                for (var reader : read) {
                    assertThat(reader.get()).isEqualTo(300);
                }
            }
            assertThat(server.scrape.text()).contains("gpt_broker_live_frames_total{outcome=\"lost\"} 0.0");
        } finally {
            for (RawHttp client : reading) {
                client.close();
            }
            for (RawHttp client : idle) {
                client.close();
            }
        }
    }
}
