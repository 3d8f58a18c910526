package gptbroker.http;

import static gptbroker.testing.RawHttp.request;
import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import gptbroker.config.BrokerConfig;
import gptbroker.ops.Health;
import gptbroker.ops.Meters;
import gptbroker.problem.Problem;
import gptbroker.problem.ProblemCode;
import gptbroker.testing.Eventually;
import gptbroker.testing.RawHttp;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/** One line a request, safe to read by machine and by eye. */
class AccessLogTest {
    private final Logger logger = (Logger) LoggerFactory.getLogger("gptbroker.access");
    private final ListAppender<ILoggingEvent> lines = new ListAppender<>();

    @BeforeEach
    void listen() {
        lines.start();
        logger.setLevel(Level.INFO);
        logger.setAdditive(false);
        logger.addAppender(lines);
    }

    @AfterEach
    void mute() {
        logger.detachAppender(lines);
        logger.setLevel(Level.OFF);
    }

    @Test
    void aLineHoldsFactsAndNothingOfTheClients() throws Exception {
        try (BrokerServer server = server()) {
            RawHttp.Answer answer = RawHttp.call(
                    server.publicPort(),
                    request("GET", "/facts/canary?canary=1", "X-Request-Id: my-id.1\r\nX-Canary: canary\r\n", ""));
            JsonNode line = onlyLine();
            assertThat(line.get("timestamp").asLong()).isGreaterThan(1_700_000_000_000L);
            assertThat(line.get("id").asText())
                    .isEqualTo(answer.header("x-request-id").orElseThrow());
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
            JsonNode line = onlyLine();
            assertThat(line.get("code").asText()).isEqualTo("token_invalid");
            assertThat(line.get("reason").asText()).isEqualTo("claim refused: iss");
        }
    }

    @Test
    void hostileValuesStayOnOneShortLine() throws Exception {
        try (BrokerServer server = server()) {
            RawHttp.call(
                    server.publicPort(),
                    request("GET", "/hostile", "X-Request-Id: \u00e4\u001b[31m" + "x".repeat(5000) + "\r\n", ""));
            Eventually.isTrue("logged", () -> !lines.list.isEmpty());
            String text = lines.list.getFirst().getFormattedMessage();
            assertThat(text).hasSizeLessThan(1024).matches("[ -~]+");
            new ObjectMapper().readTree(text);
        }
    }

    @Test
    void refusalsBeforeRoutingAreLoggedToo() throws Exception {
        try (BrokerServer server = server()) {
            RawHttp.call(server.publicPort(), "GET /canary HTTP/1.0\r\n\r\n");
            JsonNode line = onlyLine();
            assertThat(line.get("status").asInt()).isEqualTo(505);
            assertThat(line.toString()).doesNotContain("canary");
        }
    }

    private JsonNode onlyLine() throws Exception {
        Eventually.isTrue("logged", () -> !lines.list.isEmpty());
        assertThat(lines.list).hasSize(1);
        return new ObjectMapper().readTree(lines.list.getFirst().getFormattedMessage());
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
