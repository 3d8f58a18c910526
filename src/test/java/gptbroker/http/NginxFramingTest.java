package gptbroker.http;

import static gptbroker.testing.RawHttp.request;
import static org.assertj.core.api.Assertions.assertThat;

import gptbroker.testing.FramingCase;
import gptbroker.testing.Nginx;
import gptbroker.testing.RawHttp;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

/** The same attacks behind a real nginx that reuses its connections: no request may reach us that it has not seen. */
@EnabledIf("nginxIsThere")
class NginxFramingTest {
    static final List<FramingCase> CASES = TestServer.FRAMING;

    @TempDir
    private static Path directory;

    private static TestServer server;
    private static Nginx nginx;

    static boolean nginxIsThere() {
        return Nginx.program().isPresent();
    }

    @BeforeAll
    static void start() throws Exception {
        server = new TestServer();
        nginx = Nginx.before(server.port(), directory);
    }

    @AfterAll
    static void stop() {
        nginx.close();
        server.close();
    }

    @ParameterizedTest
    @FieldSource("CASES")
    void nothingRunsBehindItsBack(FramingCase framing) throws IOException {
        int before = server.smuggled.get();
        List<RawHttp.Answer> answers;
        try (RawHttp client = RawHttp.connect(nginx.port())) {
            answers = client.send(framing.bytes()).finish().readAll();
        }
        for (int i = 0; i < 5; i++) {
            String nonce = framing + " " + i;
            assertThat(RawHttp.call(nginx.port(), request("POST", "/echo", "", nonce))
                            .text())
                    .isEqualTo(nonce);
        }
        assertThat(server.smuggled.get() - before).as("blind requests").isZero();
        assertThat(answers).extracting(RawHttp.Answer::status).doesNotContain(500, 502, 503, 504);
    }

    @Test
    void chunkedBodiesArriveWithALength() throws IOException {
        assertThat(RawHttp.call(
                                nginx.port(),
                                "POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
                                        + "3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n")
                        .text())
                .isEqualTo("abcde");
    }

    @Test
    void refusedBodiesDoNotPoisonItsConnections() throws IOException {
        String hidden = request("GET", "/smuggled", "", "");
        int before = server.smuggled.get();
        for (String path : List.of("/denied", "/boom", "/nowhere", "/ok", "/smuggled")) {
            for (String headers : List.of("", "Connection: close\r\n", "Expect: 100-continue\r\n")) {
                assertThat(RawHttp.call(nginx.port(), request("POST", path, headers, hidden))
                                .status())
                        .isIn(401, 404, 405, 500);
            }
        }
        assertThat(RawHttp.get(nginx.port(), "/ok").text()).isEqualTo("ok");
        assertThat(server.smuggled.get()).isEqualTo(before);
    }

    @Test
    void noSpellingReachesTheOperatorsRoutes() throws IOException {
        for (String target :
                List.of("/metrics", "//metrics", "/x/../metrics", "/%2e%2e/metrics", "/metrics;a", "/%6detrics")) {
            assertThat(RawHttp.get(nginx.port(), target).status()).as(target).isIn(400, 404);
        }
    }
}
