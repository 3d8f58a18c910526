package gptbroker.probe;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The command line as an operator meets it: exit codes, clear lines, load against a small server. */
final class TestBrokerTest {
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();
    private final AtomicInteger calls = new AtomicInteger();
    private final HttpServer server;

    TestBrokerTest() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    }

    @BeforeEach
    void start() {
        server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        server.createContext("/v2/advanced-gpt-4o-mini-complete", this::answer);
        server.createContext("/stream", this::stream);
        server.createContext("/busy", exchange -> {
            exchange.sendResponseHeaders(503, -1);
            exchange.close();
        });
        server.start();
    }

    @AfterEach
    void stop() {
        server.stop(0);
    }

    private void answer(HttpExchange exchange) throws IOException {
        calls.incrementAndGet();
        exchange.getRequestBody().readAllBytes();
        boolean known = "Bearer t0ken".equals(exchange.getRequestHeaders().getFirst("Authorization"));
        byte[] body = "{\"message\":\"hi\"}".getBytes(StandardCharsets.UTF_8);
        exchange.sendResponseHeaders(known ? 200 : 401, body.length);
        exchange.getResponseBody().write(body);
        exchange.close();
    }

    private void stream(HttpExchange exchange) throws IOException {
        exchange.getRequestBody().readAllBytes();
        exchange.sendResponseHeaders(200, 0);
        try (OutputStream body = exchange.getResponseBody()) {
            for (int i = 0; i < 3; i++) {
                body.write("{\"data\":\"x\"}\n".getBytes(StandardCharsets.UTF_8));
                body.flush();
            }
        }
    }

    private String url() {
        return "http://127.0.0.1:" + server.getAddress().getPort();
    }

    private int run(String... args) {
        return TestBroker.run(new PrintWriter(out, true), new PrintWriter(err, true), args);
    }

    private JsonNode json() throws IOException {
        return new ObjectMapper().readTree(out.toString());
    }

    @Test
    void loadsAtARate() throws IOException {
        int code =
                run("load", "--base-url", url(), "--token", "t0ken", "--rate", "200", "--duration", "500ms", "--json");
        assertThat(code).as("%s%s", out, err).isZero();
        assertThat(json().path("ok").asInt()).isEqualTo(100);
        assertThat(json().path("latency_ms").path("count").asInt()).isEqualTo(100);
        assertThat(calls).hasValue(100);
        assertThat(out.toString()).doesNotContain("t0ken");
    }

    @Test
    void loadsInAClosedLoop() {
        int code = run("load", "--base-url", url(), "--token", "t0ken", "--closed", "2", "--max-requests", "50");
        assertThat(code).as("%s%s", out, err).isZero();
        assertThat(out.toString()).contains("50 ok", "p99.9");
    }

    @Test
    void measuresStreams() throws IOException {
        int code = run("load", "--base-url", url(), "--streams", "3", "--max-requests", "30", "--json");
        assertThat(code).as("%s%s", out, err).isZero();
        assertThat(json().path("ok").asInt()).isEqualTo(30);
        assertThat(json().path("chunks").asInt()).isEqualTo(90);
        assertThat(json().path("chunk_gap_ms").path("count").asInt()).isEqualTo(60);
    }

    @Test
    void failsOnErrorsAndCountsThemByStatus() throws IOException {
        int code = run(
                "load", "--base-url", url(), "--endpoint", "/busy", "--closed", "1", "--max-requests", "5", "--json");
        assertThat(code).isEqualTo(1);
        assertThat(json().path("errors").path("503").asInt()).isEqualTo(5);
    }

    @Test
    void countsAClosedPort() throws IOException {
        String closed = "http://127.0.0.1:1"; // no outgoing connection is ever given that port
        int code = run("load", "--base-url", closed, "--closed", "1", "--max-requests", "3", "--json");
        assertThat(code).isEqualTo(1);
        assertThat(json().path("errors").path("connect").asInt()).isEqualTo(3);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "load",
                "load --base-url http://127.0.0.1:1",
                "load --base-url http://127.0.0.1:1 --rate 0",
                "load --base-url http://127.0.0.1:1 --rate 5 --duration 2h",
                "load --base-url http://127.0.0.1:1 --rate 5 --duration 2h",
                "load --base-url http://127.0.0.1:1 --rate 5 --duration soon",
                "load --base-url http://127.0.0.1:1 --rate 5 --closed 3",
                "load --base-url http://127.0.0.1:1 --rate 5 --endpoint nowhere",
                "load --base-url http://192.0.2.1 --rate 5",
                "load --base-url ftp://127.0.0.1 --rate 5",
                "load --rate 5 --env-file /nowhere",
                "check nobody",
                "nobody",
                "--env-file /nowhere",
                "--timeout 0",
                "--wrong"
            })
    void saysInOneLineWhatIsWrong(String line) {
        assertThat(run(line.split(" "))).isEqualTo(2);
        assertThat(err.toString().lines()).hasSize(1).first().asString().startsWith("test-broker: ");
        assertThat(out.toString()).isEmpty();
    }

    @Test
    void loadsElsewhereOnlyWhenTold() {
        run("load", "--base-url", "http://192.0.2.1", "--rate", "5");
        assertThat(err.toString()).contains("--i-own-this-target");
    }

    @Test
    void explainsItself() {
        assertThat(run("--help")).isZero();
        assertThat(run("load", "--help")).isZero();
        assertThat(out.toString()).contains("check", "load", "--rate", "--streams");
    }
}
