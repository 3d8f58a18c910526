package gptbroker.http;

import static gptbroker.testing.RawHttp.request;
import static org.assertj.core.api.Assertions.assertThat;

import gptbroker.testing.Eventually;
import gptbroker.testing.RawHttp;
import java.util.List;
import org.junit.jupiter.api.Test;

/** S3.32: the seed's three counters by their exact names, each request counted once. */
class MetricsTest {
    @Test
    void everyRequestIsCountedOnce() throws Exception {
        try (TestServer server = new TestServer();
                TestServer other = new TestServer()) {
            RawHttp.get(server.port(), "/ok");
            RawHttp.get(server.port(), "/ok");
            RawHttp.get(server.port(), "/nowhere/" + "x".repeat(50));
            RawHttp.call(server.port(), request("POST", "/boom", "", "body"));
            RawHttp.call(server.port(), request("BREW", "/ok", "", ""));
            RawHttp.call(server.port(), "GET /ok HTTP/1.0\r\n\r\n");
            RawHttp.get(server.port(), "/metrics");
            RawHttp.get(server.internalPort(), "/livez");
            RawHttp.get(other.port(), "/ok");
            // A request is counted after its answer has left.
            Eventually.isTrue(
                    "all counted",
                    () -> seeds(server).size() == 10 && inFlight(server).equals("0.0"));
            assertThat(seeds(server))
                    .containsExactlyInAnyOrder(
                            "gpt_broker_requests_total{method=\"GET\",status_code=\"200\"} 2.0",
                            "gpt_broker_valid_requests{method=\"GET\",status_code=\"200\"} 2.0",
                            "gpt_broker_requests_total{method=\"GET\",status_code=\"404\"} 2.0",
                            "gpt_broker_failed_requests{method=\"GET\",status_code=\"404\"} 2.0",
                            "gpt_broker_requests_total{method=\"POST\",status_code=\"500\"} 1.0",
                            "gpt_broker_failed_requests{method=\"POST\",status_code=\"500\"} 1.0",
                            "gpt_broker_requests_total{method=\"other\",status_code=\"501\"} 1.0",
                            "gpt_broker_failed_requests{method=\"other\",status_code=\"501\"} 1.0",
                            "gpt_broker_requests_total{method=\"GET\",status_code=\"505\"} 1.0",
                            "gpt_broker_failed_requests{method=\"GET\",status_code=\"505\"} 1.0");
        }
    }

    @Test
    void theScrapeIsWellFormed() throws Exception {
        try (TestServer server = new TestServer()) {
            RawHttp.get(server.port(), "/ok");
            // A request is counted after its answer has left.
            Eventually.isTrue("counted", () -> inFlight(server).equals("0.0"));
            RawHttp.Answer answer = RawHttp.get(server.internalPort(), "/metrics");
            assertThat(answer.header("content-type")).contains("text/plain; version=0.0.4; charset=utf-8");
            String text = answer.text();
            assertThat(text)
                    .contains("# HELP gpt_broker_valid_requests The number of requests that passed security")
                    .contains("# TYPE gpt_broker_valid_requests counter")
                    .contains("# TYPE gpt_broker_requests_total counter")
                    .contains("# TYPE gpt_broker_request_duration_seconds histogram")
                    .contains("gpt_broker_request_duration_seconds_bucket{route=\"/ok\",status=\"2xx\",le=\"0.5\"} ")
                    .contains(
                            "gpt_broker_request_duration_seconds_bucket{route=\"/ok\",status=\"2xx\",le=\"+Inf\"} 1.0")
                    .contains("# TYPE process_cpu_seconds_total counter")
                    .doesNotContain("scope=", "meters_instance", "quantile=", "_seconds_max", "valid_requests_total");
            assertThat(text.lines())
                    .allMatch(line -> line.matches("# (HELP|TYPE) [a-z_]+ .+")
                            || line.matches("[a-z_]+(\\{([a-z_]+=\"[^\"]*\",?)+})? [-+0-9.Ee]+"));
            assertThat(text.lines().filter(line -> line.startsWith("# TYPE"))).doesNotHaveDuplicates();
        }
    }

    private static String inFlight(TestServer server) {
        return server.scrape
                .text()
                .lines()
                .filter(line -> line.startsWith("gpt_broker_in_flight_requests "))
                .map(line -> line.substring(line.indexOf(' ') + 1))
                .findFirst()
                .orElseThrow();
    }

    /** The seed's counters; a request that the operator's guard hides as 404 is one of them, as is its path. */
    private static List<String> seeds(TestServer server) {
        return server.scrape
                .text()
                .lines()
                .filter(line -> line.matches("gpt_broker_(requests_total|valid_requests|failed_requests)\\{.*"))
                .toList();
    }
}
