package gptbroker.http;

import static gptbroker.testing.RawHttp.request;
import static org.assertj.core.api.Assertions.assertThat;

import gptbroker.testing.Eventually;
import gptbroker.testing.RawHttp;
import java.io.IOException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Table C of the bad inputs, S3.15 and S3.31: which spellings reach a route, and what the others are told. */
class RoutingTest {
    private static final String NOT_FOUND = "{\"error\":\"Endpoint not found\"}";

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
    @ValueSource(
            strings = {
                "/metrics",
                "//metrics",
                "/x/../metrics",
                "/%2e%2e/metrics",
                "/metrics;a=b",
                "/METRICS",
                "/metrics/",
                "/metrics%00",
                "/x%2f..%2fmetrics",
                "http://evil/metrics",
                "*",
                "/metrics#x",
                "/./metrics",
                "/%6detrics",
                "/metrics//",
                "/livez",
                "/Readyz/",
                "/prompts/..%2fmetrics",
                "/prompts/%2e%2e/metrics",
                "/ok/../metrics",
                "/v1/../metrics",
                "/metrics?x",
                "/metrics\\",
                "/\\metrics"
            })
    void noSpellingReachesTheOperatorsRoutes(String target) throws IOException {
        for (String method : new String[] {"GET", "HEAD", "POST", "OPTIONS"}) {
            RawHttp.Answer answer = RawHttp.call(server.port(), request(method, target, "", ""));
            assertThat(answer.status()).as(method + " " + target).isIn(400, 404, 405);
            assertThat(answer.header("allow").orElse("")).doesNotContain("GET");
            assertThat(answer.text()).doesNotContain("process_");
        }
    }

    @Test
    void theOperatorReachesThem() throws IOException {
        String key = "Authorization: Bearer admin\r\n";
        assertThat(RawHttp.call(server.port(), request("GET", "/metrics", key, ""))
                        .status())
                .isEqualTo(200);
        assertThat(RawHttp.call(server.port(), request("GET", "/METRICS/", key, ""))
                        .status())
                .isEqualTo(200);
        assertThat(RawHttp.call(server.port(), request("GET", "//metrics", key, ""))
                        .status())
                .isEqualTo(404);
        assertThat(RawHttp.call(server.port(), request("GET", "/metrics", key + key, ""))
                        .status())
                .isEqualTo(404);
        assertThat(RawHttp.get(server.internalPort(), "/metrics").status()).isEqualTo(200);
    }

    @ParameterizedTest
    @ValueSource(strings = {"/ok", "/ok/", "/OK", "/Ok/", "/ok?x=%20", "/ok?"})
    void caseAndOneSlashAreTolerated(String target) throws IOException {
        assertThat(RawHttp.get(server.port(), target).text()).isEqualTo("ok");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/",
                "//ok",
                "/ok//",
                "/x/../ok",
                "/ok;p=1",
                "/%6fk",
                "/ok%00",
                "/prompts",
                "/prompts/",
                "/prompts/a/b",
                "/prompts/a%2fb",
                "/prompts/%2e%2e",
                "/prompts/a%00b"
            })
    void otherSpellingsDoNot(String target) throws IOException {
        RawHttp.Answer answer = RawHttp.get(server.port(), target);
        assertThat(answer.status()).isEqualTo(404);
        assertThat(answer.text()).isEqualTo(NOT_FOUND);
        assertThat(answer.header("x-error-code")).contains("not_found");
    }

    @Test
    void malformedTargetsAreBadRequests() throws IOException {
        assertThat(RawHttp.get(server.port(), "/%zz").status()).isEqualTo(400);
        assertThat(RawHttp.get(server.port(), "/query?prompt=%zz").status()).isEqualTo(400);
        assertThat(RawHttp.get(server.port(), "/query?prompt=%ff").status()).isEqualTo(400);
        assertThat(RawHttp.get(server.port(), "/ökö").status()).isIn(400, 404);
        assertThat(RawHttp.call(server.port(), "G\u0001T /ok HTTP/1.1\r\nHost: x\r\n\r\n")
                        .status())
                .isEqualTo(400);
    }

    @Test
    void templatesGiveTheirSegments() throws IOException {
        assertThat(RawHttp.get(server.port(), "/Prompts/Two%20Words").text()).isEqualTo("Two Words");
        assertThat(RawHttp.call(server.port(), request("POST", "/v1/chat/completions", "", ""))
                        .text())
                .isEqualTo("chat/completions");
        assertThat(RawHttp.call(server.port(), request("POST", "/v1/%2e%2e/metrics", "", ""))
                        .status())
                .isEqualTo(404);
    }

    @Test
    void queriesKeepEveryValue() throws IOException {
        assertThat(RawHttp.get(server.port(), "/query?prompt=a+b&x=1&prompt=%C3%A4&prompt")
                        .text())
                .isEqualTo("[a b, ä, ]");
        assertThat(RawHttp.get(server.port(), "/query?prompt=" + "a".repeat(8_000))
                        .status())
                .isEqualTo(200);
        RawHttp.Answer longer = RawHttp.get(server.port(), "/query?prompt=" + "a".repeat(17_000));
        assertThat(longer.status()).isEqualTo(414);
        assertThat(longer.text()).isEqualTo("{\"error\":\"The request line is too long\"}");
    }

    @Test
    void wrongMethodsSayWhatIsAllowed() throws IOException {
        RawHttp.Answer put = RawHttp.call(server.port(), request("PUT", "/echo", "", "body"));
        assertThat(put.status()).isEqualTo(405);
        assertThat(put.text()).isEqualTo(NOT_FOUND);
        assertThat(put.header("allow")).contains("POST");
        RawHttp.Answer post = RawHttp.call(server.port(), request("POST", "/ok", "", ""));
        assertThat(post.status()).isEqualTo(405);
        assertThat(post.header("allow")).contains("GET, HEAD");
    }

    @ParameterizedTest
    @ValueSource(strings = {"TRACE", "CONNECT", "BREW", "PROPFIND"})
    void unknownMethodsAreNotImplemented(String method) throws IOException {
        RawHttp.Answer answer = RawHttp.call(server.port(), request(method, "/ok", "", ""));
        assertThat(answer.status()).isEqualTo(501);
        assertThat(answer.text()).isEqualTo(NOT_FOUND);
    }

    @Test
    void headIsGetWithoutTheBody() throws IOException {
        RawHttp.Answer head = RawHttp.call(server.port(), request("HEAD", "/ok", "", ""));
        assertThat(head.status()).isEqualTo(200);
        assertThat(head.header("content-length")).contains("2");
        try (RawHttp client = RawHttp.connect(server.port())) {
            assertThat(client.send(request("HEAD", "/nowhere", "", ""))
                            .read(true)
                            .status())
                    .isEqualTo(404);
            assertThat(client.send(request("HEAD", "/ok", "", "")).read(true).status())
                    .isEqualTo(200);
            assertThat(client.send(request("GET", "/ok", "", "")).read().text()).isEqualTo("ok");
        }
    }

    @Test
    void answersCarryIdAndSafetyHeaders() throws IOException {
        RawHttp.Answer first = RawHttp.call(server.port(), request("GET", "/ok", "X-Request-Id: mine\r\n", ""));
        RawHttp.Answer second = RawHttp.get(server.port(), "/ok");
        assertThat(first.header("x-request-id").orElseThrow())
                .isNotEqualTo("mine")
                .isLessThan(second.header("x-request-id").orElseThrow());
        assertThat(first.header("x-content-type-options")).contains("nosniff");
        assertThat(first.header("cache-control")).contains("private, no-store");
        assertThat(first.header("connection")).contains("keep-alive");
    }

    @Test
    void healthIsOpenInBothForms() throws Exception {
        assertThat(RawHttp.get(server.port(), "/health").text()).isEqualTo("OK");
        assertThat(RawHttp.call(server.port(), request("GET", "/health", "Accept: application/json\r\n", ""))
                        .text())
                .matches("\\{\"status\":\"healthy\",\"service\":\"openai-proxy\",\"timestamp\":\"\\d{10}\"}");
        assertThat(RawHttp.call(server.port(), request("HEAD", "/health", "", ""))
                        .status())
                .isEqualTo(200);
        assertThat(RawHttp.get(server.internalPort(), "/livez").status()).isEqualTo(204);
        // Each check has a second, which a machine that stands still may eat up.
        Eventually.isTrue(
                "ready",
                () -> RawHttp.get(server.internalPort(), "/readyz")
                        .text()
                        .equals("{\"status\":\"ready\",\"checks\":{\"ok\":true,\"accepting\":true}}"));
    }
}
