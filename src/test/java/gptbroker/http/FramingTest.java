package gptbroker.http;

import static gptbroker.testing.RawHttp.request;
import static org.assertj.core.api.Assertions.assertThat;

import gptbroker.testing.FramingCase;
import gptbroker.testing.RawHttp;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

/** Table A and B of the bad inputs, straight at the listener: nothing hidden in a request may run as one. */
class FramingTest {
    static final List<FramingCase> CASES = TestServer.FRAMING;

    private static TestServer server;

    @BeforeAll
    static void start() {
        server = new TestServer();
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @ParameterizedTest
    @FieldSource("CASES")
    void nothingHiddenRuns(FramingCase framing) throws IOException {
        int before = server.smuggled.get();
        List<RawHttp.Answer> answers;
        try (RawHttp client = RawHttp.connect(server.port())) {
            answers = client.send(framing.bytes()).finish().readAll();
        }
        assertThat(server.smuggled.get() - before).as("smuggled requests").isZero();
        assertThat(answers.stream().map(RawHttp.Answer::status).toList())
                .as("statuses of %s", framing)
                .matches(framing::accepts);
        assertThat(answers).filteredOn(answer -> answer.status() >= 400).allSatisfy(error -> {
            assertThat(error.header("content-type")).contains("application/json; charset=utf-8");
            assertThat(error.header("access-control-allow-origin")).contains("*");
            assertThat(error.header("x-request-id")).isPresent();
            assertThat(error.header("x-error-code")).isPresent();
            assertThat(error.text()).startsWith("{\"error\":\"");
        });
        assertThat(RawHttp.get(server.port(), "/ok").text()).isEqualTo("ok");
    }

    @Test
    void aRefusedBodyLeavesTheConnectionUsable() throws IOException {
        String hidden = request("GET", "/smuggled", "", "");
        for (String path : List.of("/denied", "/boom", "/silent", "/nowhere", "/ok")) {
            int before = server.smuggled.get();
            try (RawHttp client = RawHttp.connect(server.port())) {
                RawHttp.Answer refused =
                        client.send(request("POST", path, "", hidden)).read();
                assertThat(refused.status()).as(path).isGreaterThanOrEqualTo(400);
                assertThat(client.send(request("GET", "/ok", "", "")).read().text())
                        .isEqualTo("ok");
            }
            assertThat(server.smuggled.get()).isEqualTo(before);
        }
    }

    @Test
    void connectionCloseIsHonoured() throws IOException {
        String hidden = request("GET", "/smuggled", "", "");
        int before = server.smuggled.get();
        try (RawHttp client = RawHttp.connect(server.port())) {
            client.send(request("POST", "/denied", "Connection: close\r\n", hidden) + hidden);
            assertThat(client.read().status()).isEqualTo(401);
            assertThat(client.closedWithin(60_000)).isTrue();
        }
        assertThat(server.smuggled.get()).isEqualTo(before);
    }

    @Test
    void bodiesUpToTheLimitAreTaken() throws IOException {
        String whole = "x".repeat(TestServer.MAX_BODY);
        RawHttp.Answer exact = RawHttp.call(server.port(), request("POST", "/echo", "", whole));
        assertThat(exact.status()).isEqualTo(200);
        assertThat(exact.body()).hasSize(TestServer.MAX_BODY);
        RawHttp.Answer over = RawHttp.call(server.port(), request("POST", "/echo", "", whole + "x"));
        assertThat(over.status()).isEqualTo(413);
        assertThat(over.text()).isEqualTo("{\"error\":\"request entity too large\",\"message\":null}");
        assertThat(over.header("access-control-allow-origin")).contains("*");
    }

    /** What the answer says of the connection is what happens to it. */
    @Test
    void connectionCloseIsSaidWhereItIsDone() throws Exception {
        String large = "Content-Length: " + (TestServer.MAX_BODY + 1) + "\r\n";
        String chunked = "Transfer-Encoding: chunked\r\n";
        List<String> requests = List.of(
                head("POST", "/echo", large) + "x".repeat(TestServer.MAX_BODY + 1),
                head("POST", "/echo", large),
                head("POST", "/echo", chunked) + "3\r\nabc\r\n0\r\n\r\n",
                head("POST", "/echo", chunked),
                request("GET", "/ok", "Connection: close\r\n", ""),
                request("GET", "/large", "Connection: close\r\n", ""));
        // At the same time: some connections are kept for a while, for a client that goes on sending.
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Callable<String>> calls = requests.stream()
                    .<Callable<String>>map(request -> () -> saysAndDoes(request))
                    .toList();
            assertThat(threads.invokeAll(calls).stream().map(Future::resultNow))
                    .containsExactly("413 close", "413 close", "411 close", "411 close", "200 close", "200 close");
        }
        for (String path : List.of("/denied", "/boom", "/nowhere", "/ok")) {
            assertThat(saysAndDoes(request("POST", path, "", "abc"))).endsWith(" keep-alive");
        }
    }

    private static String head(String method, String path, String headers) {
        return method + " " + path + " HTTP/1.1\r\nHost: x\r\n" + headers + "\r\n";
    }

    /** The status and the answer's {@code Connection}, which has been found to be true. */
    private static String saysAndDoes(String request) throws IOException {
        try (RawHttp client = RawHttp.connect(server.port())) {
            RawHttp.Answer answer = client.send(request).read();
            String said = answer.header("connection").orElse("");
            if (said.equals("close")) {
                assertThat(client.closedWithin(60_000)).isTrue();
            } else {
                assertThat(client.send(request("GET", "/ok", "", "")).read().text())
                        .isEqualTo("ok");
            }
            return answer.status() + " " + said;
        }
    }

    @Test
    void aHugeBodyIsRefusedBeforeItIsSent() throws IOException {
        try (RawHttp client = RawHttp.connect(server.port())) {
            client.send("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 2000000000\r\n\r\n");
            assertThat(client.read().status()).isEqualTo(413);
            assertThat(client.closedWithin(60_000)).isTrue();
        }
    }

    @Test
    void expectContinueIsAnsweredAtOnce() throws IOException {
        try (RawHttp client = RawHttp.connect(server.port())) {
            client.send("POST /echo HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
            assertThat(client.readHead().status()).isEqualTo(100);
            assertThat(client.send("hi").read().text()).isEqualTo("hi");
        }
    }

    @Test
    void pipelinedRequestsAreAnsweredInOrder() throws IOException {
        try (RawHttp client = RawHttp.connect(server.port())) {
            client.send(request("POST", "/echo", "", "one") + request("GET", "/ok", "", ""));
            assertThat(client.read().text()).isEqualTo("one");
            assertThat(client.read().text()).isEqualTo("ok");
        }
    }

    @Test
    void otherProtocolsAreRefused() throws IOException {
        RawHttp.Answer old = RawHttp.call(server.port(), "GET /ok HTTP/1.0\r\n\r\n");
        assertThat(old.status()).isEqualTo(505);
        assertThat(old.text()).isEqualTo("{\"error\":\"HTTP/1.1 is required\"}");
        assertThat(RawHttp.call(server.port(), "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
                        .status())
                .isEqualTo(400);
        try (RawHttp tls = RawHttp.connect(server.port())) {
            tls.send(new byte[] {22, 3, 1, 0, 100, 1, 0, 0, 96, 3, 3, '\r', '\n', '\r', '\n'})
                    .finish();
            assertThat(tls.readAll()).allMatch(answer -> answer.status() == 400);
        }
    }
}
