package gptbroker.http;

import static gptbroker.testing.RawHttp.request;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import gptbroker.config.BrokerConfig;
import gptbroker.ops.Health;
import gptbroker.ops.Meters;
import gptbroker.problem.Problem;
import gptbroker.problem.ProblemCode;
import gptbroker.testing.AccessLines;
import gptbroker.testing.Eventually;
import gptbroker.testing.RawHttp;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** One line a request, safe to read by machine and by eye. */
class AccessLogTest {
    private final AccessLines lines = new AccessLines();

    @AfterEach
    void mute() {
        lines.close();
    }

    @Test
    void aLineHoldsFactsAndNothingOfTheClients() throws Exception {
        try (BrokerServer server = server()) {
            RawHttp.Answer answer = RawHttp.call(
                    server.publicPort(),
                    request("GET", "/facts/canary?canary=1", "X-Request-Id: my-id.1\r\nX-Canary: canary\r\n", ""));
            JsonNode line = new ObjectMapper().readTree(onlyLine(answer));
            assertThat(line.get("timestamp").asLong()).isGreaterThan(1_700_000_000_000L);
            assertThat(line.get("client_request_id").asText()).isEqualTo("my-id.1");
            assertThat(line.get("route").asText()).isEqualTo("/facts/{name}");
            assertThat(line.get("status").asInt()).isEqualTo(200);
            assertThat(line.get("caller").asText()).isEqualTo("user-1");
            assertThat(line.get("upstream_ms").asInt()).isEqualTo(12);
            assertThat(line.get("first_token_ms").asInt()).isEqualTo(7);
            assertThat(line.get("prompt_tokens").asInt()).isEqualTo(3);
            assertThat(line.get("cost_usd").decimalValue()).isEqualByComparingTo("0.0000015");
            assertThat(line.get("completion_tokens").asInt()).isEqualTo(5);
            assertThat(line.get("outcome").asText()).isEqualTo("done");
            assertThat(line.get("bytes").asInt()).isEqualTo(2);
            assertThat(line.toString()).doesNotContain("canary");
        }
    }

    @Test
    void theOperatorSeesWhyACredentialWasRefused() throws Exception {
        try (BrokerServer server = server()) {
            RawHttp.Answer answer = RawHttp.call(server.publicPort(), request("GET", "/refused", "", ""));
            assertThat(new String(answer.body(), StandardCharsets.UTF_8)).doesNotContain("claim");
            JsonNode line = new ObjectMapper().readTree(onlyLine(answer));
            assertThat(line.get("code").asText()).isEqualTo("token_invalid");
            assertThat(line.get("reason").asText()).isEqualTo("claim refused: iss");
        }
    }

    @Test
    void hostileValuesStayOnOneShortLine() throws Exception {
        try (BrokerServer server = server()) {
            RawHttp.Answer answer = RawHttp.call(
                    server.publicPort(),
                    request("GET", "/hostile", "X-Request-Id: \u00e4\u001b[31m" + "x".repeat(5000) + "\r\n", ""));
            String text = onlyLine(answer);
            assertThat(text).hasSizeLessThan(1024).matches("[ -~]+");
            new ObjectMapper().readTree(text);
        }
    }

    @Test
    void refusalsBeforeRoutingAreLoggedToo() throws Exception {
        try (BrokerServer server = server()) {
            RawHttp.Answer answer = RawHttp.call(server.publicPort(), "GET /canary HTTP/1.0\r\n\r\n");
            JsonNode line = new ObjectMapper().readTree(onlyLine(answer));
            assertThat(line.get("status").asInt()).isEqualTo(505);
            assertThat(line.toString()).doesNotContain("canary");
        }
    }

    /** The line of the request that was answered so; a broker of another test may still write some of its own. */
    private String onlyLine(RawHttp.Answer answer) throws Exception {
        String id = "\"id\":\"" + answer.header("x-request-id").orElseThrow() + "\"";
        Eventually.isTrue("logged", () -> !linesWith(id).isEmpty());
        assertThat(linesWith(id)).hasSize(1);
        return linesWith(id).getFirst();
    }

    private List<String> linesWith(String id) {
        return lines.since(0).stream().filter(line -> line.contains(id)).toList();
    }

    private static BrokerServer server() {
        BrokerConfig.Listen listen = TestServer.Limits.DEFAULT.listen();
        List<Route> routes = List.of(
                new Route("GET", "/facts/{name}", Access.CALLER, Dialect.BROKER, AccessLogTest::facts),
                new Route("GET", "/refused", Access.CALLER, Dialect.BROKER, x -> {
                    throw Problem.of(ProblemCode.TOKEN_INVALID, "claim refused: iss");
                }),
                new Route("GET", "/hostile", Access.CALLER, Dialect.BROKER, AccessLogTest::hostile));
        BrokerServer server = new BrokerServer(
                listen,
                routes,
                List.of(),
                lines -> false,
                address -> Optional.empty(),
                new Meters(),
                new Health(Map.of(), InstantSource.system()));
        server.start();
        return server;
    }

    private static void facts(Exchange x) throws ClientGone {
        x.trace()
                .callerId("user-1")
                .model("gpt-4o")
                .outcome("done")
                .upstream(12_000_000)
                .firstTokenMillis(7);
        x.trace().promptTokens(3).nanoUsd(1_500).completionTokens(5).units(1);
        TestServer.text(x, "ok");
    }

    private static void hostile(Exchange x) throws ClientGone {
        String hostile = "\n\r\u001b\"\\\u2028".repeat(200);
        x.trace().callerId(hostile).model(hostile).outcome(hostile).cache(hostile);
        TestServer.text(x, "ok");
    }
}
