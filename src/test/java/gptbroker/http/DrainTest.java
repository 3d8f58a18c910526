package gptbroker.http;

import static gptbroker.testing.RawHttp.request;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import gptbroker.config.BrokerConfig;
import gptbroker.ops.Health;
import gptbroker.ops.Meters;
import gptbroker.testing.Eventually;
import gptbroker.testing.RawHttp;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.Test;

/** A stopping broker keeps its promises. */
class DrainTest {
    @Test
    void aDrainServesThenRefusesThenTellsTheRest() throws Exception {
        try (TestServer server = draining(Duration.ofSeconds(5), Duration.ofMillis(100));
                RawHttp whole = RawHttp.connect(server.port());
                RawHttp streamed = RawHttp.connect(server.port())) {
            int port = server.port();
            whole.send(request("GET", "/hold", "", ""));
            streamed.send(request("GET", "/lines", "", ""));
            assertThat(streamed.readHead().status()).isEqualTo(200);
            assertThat(new String(streamed.readChunk())).isEqualTo("{\"data\":\"a\"}\n");

            Future<Void> drained = drain(server);
            Eventually.isTrue(
                    "not ready",
                    () -> RawHttp.get(server.internalPort(), "/readyz").status() == 503);
            assertThat(server.server.draining().get()).isTrue();
            assertThat(RawHttp.get(port, "/ok").text()).isEqualTo("ok");
            Eventually.isTrue("no new connections", () -> isRefused(port));

            RawHttp.Answer told = whole.read();
            assertThat(told.status()).isEqualTo(503);
            assertThat(told.header("x-error-code")).contains("draining");
            assertThat(new String(streamed.readChunk())).isEqualTo("{\"error\":\"draining\"}\n");
            assertThat(streamed.readChunk()).isEmpty();
            drained.get();
            assertThat(RawHttp.get(server.internalPort(), "/livez").status()).isEqualTo(204);
        }
    }

    @Test
    void runningRequestsEndInPeace() throws Exception {
        try (TestServer server = draining(Duration.ZERO, Duration.ofSeconds(60));
                RawHttp client = RawHttp.connect(server.port())) {
            int port = server.port();
            client.send(request("GET", "/hold", "", ""));
            Eventually.isTrue("it runs", () -> server.scrape.text().contains("in_flight_requests 1.0"));
            Future<Void> drained = drain(server);
            Eventually.isTrue("no new connections", () -> isRefused(port));
            server.hold.countDown();
            assertThat(client.read().text()).isEqualTo("held");
            assertThat(client.closedWithin(60_000)).isTrue();
            drained.get();
            assertThat(server.interrupted.get()).isZero();
        }
    }

    @Test
    void aTakenPortIsSaidClearly() throws IOException {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            Duration second = Duration.ofSeconds(1);
            BrokerConfig.Listen listen = new BrokerConfig.Listen(
                    "127.0.0.1",
                    taken.getLocalPort(),
                    "127.0.0.1",
                    0,
                    1024,
                    10,
                    10,
                    second,
                    second,
                    second,
                    Duration.ZERO,
                    Duration.ZERO,
                    Set.of(),
                    List.of());
            BrokerServer server = new BrokerServer(
                    listen,
                    List.of(),
                    List.of(),
                    lines -> false,
                    address -> Optional.empty(),
                    new Meters(),
                    new Health(Map.of(), InstantSource.system()));
            assertThatThrownBy(server::start)
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("127.0.0.1:" + taken.getLocalPort())
                    .hasMessageContaining("PORT");
            assertThat(server.internalPort()).isEqualTo(-1);
        }
    }

    private static TestServer draining(Duration delay, Duration timeout) {
        return new TestServer(limits -> limits.drain(delay, timeout), address -> Optional.empty());
    }

    private static Future<Void> drain(TestServer server) {
        var drained = new FutureTask<Void>(() -> {
            server.server.drain();
            return null;
        });
        Thread.startVirtualThread(drained);
        return drained;
    }

    private static boolean isRefused(int port) {
        try (RawHttp client = RawHttp.connect(port)) {
            // Closing: where it is answered still, nobody is to wait for the end of a connection that is kept.
            return client.send(request("GET", "/ok", "Connection: close\r\n", ""))
                    .readAll()
                    .isEmpty();
        } catch (IOException refused) {
            return true;
        }
    }
}
