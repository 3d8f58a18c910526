package gptbroker.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import gptbroker.testing.AccessLines;
import gptbroker.testing.Eventually;
import gptbroker.testing.Nginx;
import gptbroker.testing.RawHttp;
import gptbroker.testing.RawHttp.Answer;
import gptbroker.testing.Scratch;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A whole broker, the two ways to it, and one user; and what must be true of every refusal: no 5xx, a stable code, JSON,
 * readable across origins, nothing charged, nothing run beside it, one harmless line in the log.
 */
final class Doors implements AutoCloseable {
    /** How a request comes to the broker. */
    enum Door {
        DIRECT,
        NGINX
    }

    static final String SIMPLE = "/simple-gpt-4o-mini-complete";
    static final String ADVANCED = "/advanced-gpt-4o-mini-complete";
    static final String V2 = "/v2/advanced-gpt-4o-mini-complete";
    static final String GPT_4O = "/gpt-4o";
    static final String STREAM = "/stream";
    static final List<String> POSTS = List.of(ADVANCED, V2, GPT_4O, STREAM);
    static final String JSON = "Content-Type: application/json\r\n";
    /** Stands in what tests send, and must not come back. */
    static final String CANARY = "Zanzibar";

    private static final int LONGEST_LINE = 1024;
    private static final Pattern REQUESTS = Pattern.compile("(?m)^gpt_broker_requests_total(?:\\{.*})? ([0-9.E]+)$");
    private static final ObjectMapper MAPPER = new ObjectMapper();

    final Rig rig;
    final UUID user;
    final String token;
    private final Path files;
    private final Nginx nginx;
    private final AccessLines lines = new AccessLines();

    Doors(Map<String, String> variables) {
        rig = Rig.start(variables);
        user = rig.user();
        token = rig.token(user);
        files = Scratch.folder("edge");
        try {
            nginx = Nginx.shipped(rig.port(), files);
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    int port(Door door) {
        return door == Door.DIRECT ? rig.port() : nginx.port();
    }

    /** The line of a header with the user's token. */
    String bearer() {
        return "Authorization: Bearer " + token + "\r\n";
    }

    /** A request of these parts, its length declared. */
    static byte[] request(String method, String target, String headers, byte[] body) {
        String length = body.length == 0 && !method.equals("POST") ? "" : "Content-Length: " + body.length + "\r\n";
        byte[] head = (method + " " + target + " HTTP/1.1\r\nHost: " + Nginx.TENANT + "\r\n" + length + headers
                        + "\r\n")
                .getBytes(StandardCharsets.UTF_8);
        byte[] whole = new byte[head.length + body.length];
        System.arraycopy(head, 0, whole, 0, head.length);
        System.arraycopy(body, 0, whole, head.length, body.length);
        return whole;
    }

    /** A POST with the user's token. */
    byte[] post(String target, String headers, String body) {
        return request("POST", target, bearer() + headers, body.getBytes(StandardCharsets.UTF_8));
    }

    /** One answer on a connection of its own, which stays usable where it is not said to end. */
    Answer call(Door door, byte[] request) {
        boolean head = new String(request, 0, 5, StandardCharsets.US_ASCII).equals("HEAD ");
        try (RawHttp client = RawHttp.connect(port(door))) {
            Answer answer = client.send(request).read(head);
            boolean ends = answer.header("connection").orElse("").equals("close");
            if (ends) {
                // nginx lingers for five seconds, for a client that goes on sending.
                assertThat(client.closedWithin(60_000)).as("closed as it said").isTrue();
            } else {
                client.send(request("GET", "/health", "", new byte[0]));
                assertThat(client.read().status()).as("next on this connection").isEqualTo(200);
            }
            return answer;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The one answer to a request that must be refused and leave no trace but its line in the log. */
    Answer refused(Door door, byte[] request) {
        List<Answer> kept = new ArrayList<>();
        untouched(door, () -> {
            kept.add(call(door, request));
            return kept;
        });
        return kept.getFirst();
    }

    /** Refused with this status, code and body. */
    void refused(Door door, byte[] request, int status, String code, String body) {
        Answer answer = refused(door, request);
        assertThat(answer.status()).isEqualTo(status);
        assertThat(answer.header("x-error-code")).contains(code);
        assertThat(answer.text()).isEqualTo(body);
    }

    /** What is sent must leave everything as it was, and its answers must be good refusals. */
    void untouched(Door door, Sending sending) {
        quiet();
        int from = lines.count();
        long asked = asked();
        List<Answer> answers = new ArrayList<>(sending.answers());
        answers.stream().filter(answer -> !isHealth(answer)).forEach(Doors::checkRefusal);
        Answer probe = call(door, request("GET", SIMPLE, bearer(), new byte[0]));
        assertThat(probe.header("x-error-code")).contains("prompt_missing");
        assertThat(probe.header("x-ratelimit-remaining"))
                .as("nothing charged")
                .isEqualTo(probe.header("x-ratelimit-limit"));
        answers.add(probe);
        checkLines(answers, from);
        assertThat(asked()).as("calls of the model").isEqualTo(asked);
    }

    private static boolean isHealth(Answer answer) {
        return answer.status() == 200 && answer.text().equals("OK");
    }

    /** Each request is counted, then logged, after its answer: waits until both say the same. */
    private void quiet() {
        Eventually.within(Duration.ofSeconds(60), "as many lines as requests", () -> served() == lines.count());
    }

    /** Sends something and gives all answers to it. */
    interface Sending {
        List<Answer> answers();
    }

    /** Nothing of the user has come into the archive but this many rows. */
    void archived(int rows) {
        rig.archived("select count(*) from inputs where user_id = '" + user + "'", List.of(Integer.toString(rows)));
    }

    /** Calls that have reached the model. */
    long asked() {
        return rig.model().calls();
    }

    private long served() {
        Matcher matcher = REQUESTS.matcher(rig.internal("/metrics").body());
        double sum = 0;
        while (matcher.find()) {
            sum += Double.parseDouble(matcher.group(1));
        }
        return Math.round(sum);
    }

    /** One line for each answer of the broker, one for each request that got none, and no other. */
    private void checkLines(List<Answer> answers, int from) {
        Set<String> ids = new HashSet<>();
        answers.forEach(answer -> answer.header("x-request-id").ifPresent(ids::add));
        Eventually.within(
                Duration.ofSeconds(60),
                "a line for each of " + ids,
                () -> lines.since(from).stream()
                                .filter(line -> ids.stream().anyMatch(line::contains))
                                .count()
                        == ids.size());
        quiet();
        for (String line : lines.since(from)) {
            JsonNode fields = parse(line);
            boolean known = fields.path("route").asText().equals("/health")
                    || fields.path("status").asInt() == 499;
            assertThat(ids.remove(fields.path("id").asText()) || known)
                    .as("a request that nobody sent: %s", line)
                    .isTrue();
            assertThat(line)
                    .hasSizeLessThanOrEqualTo(LONGEST_LINE)
                    .matches("[ -~]+")
                    .doesNotContain(CANARY);
        }
    }

    private static void checkRefusal(Answer answer) {
        boolean ours = answer.header("x-request-id").isPresent();
        assertThat(answer.status()).isBetween(400, 505).isNotIn(500, 502, 503, 504);
        assertThat(answer.text()).doesNotContain(CANARY);
        assertThat(answer.headers().toString()).doesNotContain(CANARY);
        if (!ours && !answer.header("content-type").orElse("").startsWith("application/json")) {
            // nginx's own page: it did not come to know which tenant is meant, or what the request says.
            assertThat(answer.status()).isIn(400, 405, 414, 421, 501, 505);
            return;
        }
        assertThat(answer.header("content-type").orElse("")).startsWith("application/json");
        assertThat(answer.header("access-control-allow-origin")).contains("*");
        if (!answer.text().isEmpty()) {
            assertThat(parse(answer.text()).path("error").isTextual()).isTrue();
        }
        if (ours) {
            assertThat(answer.header("x-error-code").orElse("")).matches("[a-z_]+");
            assertThat(answer.header("x-content-type-options")).contains("nosniff");
            assertThat(answer.header("access-control-expose-headers").orElse(""))
                    .contains("X-Error-Code");
        }
    }

    static JsonNode parse(String json) {
        try {
            return MAPPER.readTree(json);
        } catch (JsonProcessingException e) {
            throw new AssertionError("not JSON: " + json, e);
        }
    }

    @Override
    public void close() {
        lines.close();
        nginx.close();
        Scratch.remove(files);
        rig.close();
    }
}
