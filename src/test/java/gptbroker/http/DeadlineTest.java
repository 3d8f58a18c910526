package gptbroker.http;

import static gptbroker.testing.RawHttp.request;
import static org.assertj.core.api.Assertions.assertThat;

import gptbroker.testing.Eventually;
import gptbroker.testing.RawHttp;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

/** Slow, silent and greedy clients lose their connection, and nobody else notices. */
class DeadlineTest {
    private static final Duration LONG = Duration.ofSeconds(60);
    private static final Duration SHORT = Duration.ofMillis(300);
    /** For requests that must be served within it, however busy the machine is. */
    private static final Duration ENOUGH = Duration.ofSeconds(2);

    private static final int MANY = 20;

    private static TestServer with(UnaryOperator<TestServer.Limits> change) {
        return new TestServer(change, address -> Optional.empty());
    }

    @Test
    void aStalledBodyIsCutOff() throws Exception {
        try (TestServer server = with(limits -> limits.times(SHORT, LONG, LONG));
                RawHttp client = RawHttp.connect(server.port())) {
            client.send("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nabc");
            assertThat(client.readAll()).isEmpty();
            assertThat(server.echoed.get()).isZero();
            Eventually.isTrue(
                    "counted as 408",
                    () -> server.scrape
                            .text()
                            .contains("gpt_broker_failed_requests{method=\"POST\",status_code=\"408\"} 1.0"));
        }
    }

    @Test
    void aSlowHeadIsCutOff() throws Exception {
        try (TestServer server = with(limits -> limits.times(SHORT, LONG, LONG));
                RawHttp client = RawHttp.connect(server.port())) {
            client.send("GET /ok HTTP/1.1\r\nHost: x\r\n");
            Eventually.isTrue("cut off", () -> {
                client.send("X-A: b\r\n");
                return client.closedWithin(20);
            });
            assertThat(RawHttp.get(server.port(), "/ok").text()).isEqualTo("ok");
        }
    }

    @Test
    void aSlowReaderGetsALargeAnswerWhole() throws Exception {
        try (TestServer server = with(limits -> limits.times(LONG, Duration.ofSeconds(3), LONG));
                RawHttp client = RawHttp.connect(server.port(), 4096)) {
            client.send(request("GET", "/large", "", ""));
            RawHttp.Answer head = client.readHead();
            int length = Integer.parseInt(head.header("content-length").orElseThrow());
            assertThat(client.readSlowly(length, 256 * 1024, Duration.ofMillis(150)))
                    .isEqualTo(length);
        }
    }

    @Test
    void aDrippingBodyIsCutOffAsAWhole() throws Exception {
        try (TestServer server = with(limits -> limits.times(SHORT, LONG, LONG));
                RawHttp client = RawHttp.connect(server.port())) {
            client.send("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n");
            Eventually.isTrue("cut off", () -> {
                client.send("x");
                return client.closedWithin(20);
            });
            assertThat(server.echoed.get()).isZero();
        }
    }

    @Test
    void aRefusedBodyThatNeverComesIsCutOff() throws Exception {
        try (TestServer server = with(limits -> limits.times(SHORT, LONG, LONG));
                RawHttp client = RawHttp.connect(server.port())) {
            client.send("POST /denied HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nabc");
            assertThat(client.read().status()).isEqualTo(401);
            assertThat(client.closedWithin(60_000)).isTrue();
        }
    }

    @Test
    void clientsThatNeverReadBlockNobody() throws Exception {
        List<RawHttp> silent = new ArrayList<>();
        try (TestServer server = with(limits -> limits.requests(250).times(LONG, Duration.ofSeconds(1), LONG))) {
            for (int i = 0; i < 200; i++) {
                silent.add(RawHttp.connect(server.port(), 4096).send(request("GET", "/flood", "", "")));
            }
            assertThat(RawHttp.get(server.port(), "/ok").text()).isEqualTo("ok");
            Eventually.isTrue("all of them cut off", () -> inFlight(server) == 0);
            Eventually.isTrue(
                    "counted as theirs",
                    () -> server.scrape.text().contains("gpt_broker_aborts_total{side=\"client\"} 200.0"));
            assertThat(RawHttp.get(server.port(), "/ok").text()).isEqualTo("ok");
        } finally {
            for (RawHttp client : silent) {
                client.close();
            }
        }
    }

    @Test
    void theTotalEndsARequestWithAnAnswer() throws Exception {
        try (TestServer server = with(limits -> limits.times(LONG, LONG, SHORT))) {
            RawHttp.Answer answer = RawHttp.get(server.port(), "/hold");
            assertThat(answer.status()).isEqualTo(504);
            assertThat(answer.header("x-error-code")).contains("upstream_timeout");
            assertThat(server.interrupted.get()).isEqualTo(1);
        }
    }

    @Test
    void theTotalEndsAStreamFromInside() throws Exception {
        try (TestServer server = with(limits -> limits.times(LONG, LONG, ENOUGH))) {
            RawHttp.Answer answer = RawHttp.get(server.port(), "/lines");
            assertThat(answer.text()).isEqualTo("{\"data\":\"a\"}\n{\"error\":\"upstream_timeout\"}\n");
        }
    }

    @Test
    void anInterruptNeverReachesTheNextRequest() throws Exception {
        List<RawHttp> clients = new ArrayList<>();
        try (TestServer server = with(limits -> limits.times(LONG, LONG, ENOUGH))) {
            for (int i = 0; i < MANY; i++) {
                clients.add(RawHttp.connect(server.port()).send(request("GET", "/hold", "", "")));
            }
            for (RawHttp client : clients) {
                assertThat(client.read().status()).isEqualTo(504);
                assertThat(client.send(request("POST", "/echo", "", "next"))
                                .read()
                                .text())
                        .isEqualTo("next");
            }
            assertThat(server.interrupted.get()).isEqualTo(MANY);
        } finally {
            for (RawHttp client : clients) {
                client.close();
            }
        }
    }

    @Test
    void aStreamThatBreaksHasNoEnd() throws Exception {
        try (TestServer server = new TestServer();
                RawHttp client = RawHttp.connect(server.port())) {
            client.send(request("GET", "/broken", "", ""));
            assertThat(client.readHead().status()).isEqualTo(200);
            assertThat(client.readChunk()).hasSize(1);
            assertThat(client.readAll()).isEmpty();
            Eventually.isTrue(
                    "counted as ours",
                    () -> server.scrape.text().contains("gpt_broker_aborts_total{side=\"broker\"} 1.0"));
        }
    }

    @Test
    void largeBodiesThatWouldFillTheMemoryAreNotRead() throws Exception {
        int all = (int) Room.inHeap(1).mostBytes();
        String large = "x".repeat(2 * Room.SMALL);
        try (TestServer server = with(limits -> limits.bodies(all));
                RawHttp second = RawHttp.connect(server.port())) {
            try (RawHttp first = RawHttp.connect(server.port())) {
                first.send("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: " + all + "\r\n\r\n");
                Eventually.isTrue(
                        "it has all the room",
                        () -> server.scrape.text().contains("gpt_broker_body_bytes " + (double) all));
                RawHttp.Answer shed =
                        second.send(request("POST", "/echo", "", large)).read();
                assertThat(shed.status()).isEqualTo(503);
                assertThat(shed.header("x-error-code")).contains("overloaded");
                assertThat(shed.header("retry-after").orElseThrow()).matches("[123]");
                assertThat(second.send(request("POST", "/echo", "", "small"))
                                .read()
                                .text())
                        .isEqualTo("small");
            }
            Eventually.isTrue("it has left", () -> server.scrape.text().contains("gpt_broker_body_bytes 0.0"));
            assertThat(second.send(request("POST", "/echo", "", large)).read().text())
                    .isEqualTo(large);
        }
    }

    @Test
    void whatIsTooMuchIsShedBeforeAnyWork() throws Exception {
        try (TestServer server = with(limits -> limits.requests(2));
                RawHttp first = RawHttp.connect(server.port());
                RawHttp second = RawHttp.connect(server.port())) {
            first.send(request("GET", "/hold", "", ""));
            second.send(request("GET", "/hold", "", ""));
            Eventually.isTrue("both run", () -> inFlight(server) == 2);
            try (RawHttp third = RawHttp.connect(server.port())) {
                RawHttp.Answer shed =
                        third.send(request("POST", "/echo", "", "body")).read();
                assertThat(shed.status()).isEqualTo(503);
                assertThat(shed.header("retry-after").orElseThrow()).matches("[123]");
                assertThat(shed.header("x-error-code")).contains("overloaded");
                assertThat(shed.header("access-control-allow-origin")).contains("*");
                assertThat(RawHttp.get(server.internalPort(), "/livez").status())
                        .isEqualTo(204);
                server.hold.countDown();
                assertThat(first.read().text()).isEqualTo("held");
                assertThat(second.read().text()).isEqualTo("held");
                // A request makes room for another a moment after its answer.
                Eventually.isTrue("both are over", () -> inFlight(server) == 0);
                assertThat(third.send(request("POST", "/echo", "", "body"))
                                .read()
                                .text())
                        .isEqualTo("body");
            }
            assertThat(server.echoed.get()).isEqualTo(1);
        }
    }

    /** Without the scrape's own request, which is not on the public listener. */
    private static int inFlight(TestServer server) {
        return server.scrape
                .text()
                .lines()
                .filter(line -> line.startsWith("gpt_broker_in_flight_requests"))
                .map(line -> line.substring(line.lastIndexOf(' ') + 1))
                .mapToInt(value -> (int) Double.parseDouble(value))
                .sum();
    }
}
