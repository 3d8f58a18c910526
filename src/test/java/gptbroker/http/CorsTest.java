package gptbroker.http;

import static gptbroker.testing.RawHttp.request;
import static org.assertj.core.api.Assertions.assertThat;

import gptbroker.testing.RawHttp;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** S3.6-S3.8: what a browser needs to see, above all on errors. */
class CorsTest {
    private static final String ORIGIN = "Origin: https://app.example\r\n";

    @ParameterizedTest
    @ValueSource(
            strings = {
                "GET /ok",
                "GET /nowhere",
                "POST /denied",
                "POST /boom",
                "PUT /ok",
                "BREW /ok",
                "GET /%zz",
                "GET /health"
            })
    void everyAnswerMayBeReadByAnyOrigin(String line) throws IOException {
        try (TestServer server = new TestServer()) {
            String[] words = line.split(" ");
            RawHttp.Answer answer = RawHttp.call(server.port(), request(words[0], words[1], ORIGIN, ""));
            assertThat(answer.headers().get("access-control-allow-origin")).containsExactly("*");
            assertThat(answer.headers().get("vary")).containsExactly("Origin");
            assertThat(answer.header("access-control-allow-credentials")).isEmpty();
            assertThat(answer.header("access-control-expose-headers").orElseThrow())
                    .contains("X-Request-Id", "X-Error-Code", "RateLimit", "Retry-After", "X-Cache");
        }
    }

    @Test
    void preflightsNeedNoCredentialAndNoRoute() throws IOException {
        try (TestServer server = new TestServer()) {
            for (String path : new String[] {"/echo", "/nowhere", "/metrics"}) {
                RawHttp.Answer answer = RawHttp.call(
                        server.port(),
                        request(
                                "OPTIONS",
                                path,
                                ORIGIN + "Access-Control-Request-Method: POST\r\n"
                                        + "Access-Control-Request-Headers: authorization,x-client-info,apikey\r\n",
                                ""));
                assertThat(answer.status()).isEqualTo(204);
                assertThat(answer.header("content-length")).isEmpty();
                assertThat(answer.header("access-control-allow-origin")).contains("*");
                assertThat(answer.header("access-control-allow-methods")).contains("GET,HEAD,PUT,POST,DELETE,PATCH");
                assertThat(answer.header("access-control-allow-headers"))
                        .contains("authorization,x-client-info,apikey");
                assertThat(answer.header("access-control-max-age")).isPresent();
            }
        }
    }

    @Test
    void plainOptionsTellsTheMethods() throws IOException {
        try (TestServer server = new TestServer()) {
            RawHttp.Answer known = RawHttp.call(server.port(), request("OPTIONS", "/ok", "", ""));
            assertThat(known.status()).isEqualTo(200);
            assertThat(known.body()).isEmpty();
            assertThat(known.header("allow")).contains("GET, HEAD");
            assertThat(known.header("access-control-allow-origin")).isEmpty();
            assertThat(RawHttp.call(server.port(), request("OPTIONS", "/nowhere", "", ""))
                            .text())
                    .isEqualTo("{\"error\":\"Endpoint not found\"}");
        }
    }

    @Test
    void listedOriginsMaySendCredentials() throws IOException {
        try (TestServer server =
                new TestServer(limits -> limits.origins("https://app.example"), address -> Optional.empty())) {
            RawHttp.Answer listed = RawHttp.call(server.port(), request("GET", "/nowhere", ORIGIN, ""));
            assertThat(listed.header("access-control-allow-origin")).contains("https://app.example");
            assertThat(listed.header("access-control-allow-credentials")).contains("true");
            for (String origin : new String[] {"https://evil.example", "null"}) {
                RawHttp.Answer other =
                        RawHttp.call(server.port(), request("GET", "/ok", "Origin: " + origin + "\r\n", ""));
                assertThat(other.header("access-control-allow-origin")).contains("*");
                assertThat(other.header("access-control-allow-credentials")).isEmpty();
            }
        }
    }

    @Test
    void refusedAddressesReadTheirRefusal() throws IOException {
        try (TestServer server = new TestServer(limits -> limits, address -> Optional.of(Duration.ofMillis(1500)))) {
            RawHttp.Answer refused = RawHttp.call(server.port(), request("POST", "/echo", ORIGIN, "body"));
            assertThat(refused.status()).isEqualTo(429);
            assertThat(refused.header("retry-after")).contains("2");
            assertThat(refused.header("x-error-code")).contains("address_rate_exceeded");
            assertThat(refused.header("access-control-allow-origin")).contains("*");
            assertThat(server.echoed.get()).isZero();
            assertThat(RawHttp.get(server.port(), "/health").status()).isEqualTo(200);
            assertThat(RawHttp.call(server.port(), request("OPTIONS", "/ok", "", ""))
                            .status())
                    .isEqualTo(200);
            assertThat(RawHttp.get(server.internalPort(), "/metrics").status()).isEqualTo(200);
        }
    }

    @Test
    void theInternalListenerKnowsNoOtherOrigin() throws IOException {
        try (TestServer server = new TestServer()) {
            RawHttp.Answer metrics = RawHttp.call(server.internalPort(), request("GET", "/metrics", ORIGIN, ""));
            assertThat(metrics.header("access-control-allow-origin")).isEmpty();
            RawHttp.Answer preflight = RawHttp.call(
                    server.internalPort(),
                    request("OPTIONS", "/metrics", ORIGIN + "Access-Control-Request-Method: GET\r\n", ""));
            assertThat(preflight.header("access-control-allow-origin")).isEmpty();
        }
    }
}
