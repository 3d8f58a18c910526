package gptbroker.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import gptbroker.e2e.Doors.Door;
import gptbroker.http.Access;
import gptbroker.http.OpsRoutes;
import gptbroker.http.Route;
import gptbroker.ops.Health;
import gptbroker.ops.Meters;
import gptbroker.ops.Scrape;
import gptbroker.prompt.FixedEndpoints;
import gptbroker.testing.RawHttp.Answer;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Methods, paths and headers (C 61-78, H 162-167) of the whole broker, and that it is closed by default. */
class PathsE2eTest {
    private static final String ADMIN = "the-operators-key-of-this-test";
    private static final List<String> SPELLINGS = List.of(
            "//metrics",
            "/x/../metrics",
            "/%2e%2e/metrics",
            "/metrics;a=b",
            "/metrics%00",
            "/x%2f..%2fmetrics",
            "/./metrics",
            "/%6detrics",
            "/metrics//",
            "/gpt-4o/../metrics",
            "/metrics\\",
            "/\\metrics");
    private static final List<String> TOLERATED =
            List.of("/metrics", "/METRICS", "/metrics/", "/metrics?x=1", "/Metrics/");

    private static Doors doors;

    @BeforeAll
    static void start() {
        doors = new Doors(Map.of("ADMIN_KEY", ADMIN));
    }

    @AfterAll
    static void stop() {
        doors.archived(0);
        doors.close();
    }

    private static byte[] request(String method, String target, String headers) {
        return Doors.request(method, target, headers, new byte[0]);
    }

    private static List<Route> routes() {
        OpsRoutes ops = new OpsRoutes(new Scrape(new Meters()), new Health(Map.of(), InstantSource.system()));
        // The path is only asked when a request comes; none comes here.
        return Stream.concat(FixedEndpoints.routes(null, false).stream(), ops.routes().stream())
                .toList();
    }

    /** Nothing but the named constant answers without a credential, and the operator's routes are not even there. */
    @ParameterizedTest
    @EnumSource
    void closedByDefault(Door door) {
        List<Route> closed = routes().stream()
                .filter(route -> !OpsRoutes.OPEN.contains(route.method() + " " + route.path()))
                .toList();
        assertThat(closed).hasSize(8);
        for (Route route : closed) {
            for (String credential : List.of("", "Authorization: Bearer x\r\n", "apikey: " + doors.token + "\r\n")) {
                Answer answer = doors.refused(door, request(route.method(), route.path(), credential));
                assertThat(answer.status()).as(route.path()).isEqualTo(route.access() == Access.OPERATOR ? 404 : 401);
            }
        }
        for (String open : OpsRoutes.OPEN) {
            String[] route = open.split(" ");
            assertThat(doors.call(door, request(route[0], route[1], "")).status())
                    .isEqualTo(200);
        }
    }

    @ParameterizedTest
    @EnumSource
    void noSpellingReachesTheOperatorsRoutes(Door door) {
        List<String> targets =
                Stream.concat(SPELLINGS.stream(), TOLERATED.stream()).toList();
        for (String credential : List.of("", doors.bearer(), "Authorization: Bearer " + ADMIN + "x\r\n")) {
            doors.untouched(
                    door,
                    () -> targets.stream()
                            .flatMap(target -> Stream.of("GET", "HEAD", "POST", "DELETE")
                                    .map(method -> doors.call(door, request(method, target, credential))))
                            .peek(answer -> assertThat(answer.status()).isIn(400, 404))
                            .peek(answer -> assertThat(answer.headers()).doesNotContainKey("allow"))
                            .toList());
        }
        String admin = "Authorization: Bearer " + ADMIN + "\r\n";
        for (String target : SPELLINGS) {
            assertThat(doors.refused(door, request("GET", target, admin)).status())
                    .as(target)
                    .isIn(400, 404);
        }
    }

    @ParameterizedTest
    @EnumSource
    void wrongMethods(Door door) {
        for (String path : Doors.POSTS) {
            for (String method : List.of("GET", "HEAD", "PUT", "PATCH", "DELETE")) {
                Answer answer = doors.refused(door, request(method, path, doors.bearer()));
                assertThat(answer.status()).isEqualTo(405);
                assertThat(answer.header("allow")).contains("POST");
                assertThat(answer.header("x-error-code")).contains("method_not_allowed");
                assertThat(answer.text()).isIn("", "{\"error\":\"Endpoint not found\"}");
            }
        }
        Answer post = doors.refused(door, request("POST", Doors.SIMPLE + "?prompt=x", doors.bearer()));
        assertThat(post.header("allow")).contains("GET, HEAD");
    }

    @ParameterizedTest
    @EnumSource
    void unknownMethodsAndTargets(Door door) {
        for (String method : List.of("TRACE", "CONNECT", "BREW", "G\u0001T", "PRI")) {
            Answer answer = doors.refused(door, request(method, Doors.SIMPLE + "?prompt=x", doors.bearer()));
            assertThat(answer.status()).as(method).isIn(400, 405, 501);
        }
        for (String target : List.of(
                "*",
                "http://evil/metrics",
                "http://evil" + Doors.SIMPLE + "?x=1",
                "/ökö",
                "/%zz",
                "/nowhere",
                "/v2/models",
                "/" + Doors.CANARY,
                Doors.SIMPLE + "/x",
                Doors.SIMPLE + ";prompt=x?prompt=x",
                "/" + Doors.SIMPLE)) {
            Answer answer = doors.refused(door, request("GET", target, doors.bearer()));
            assertThat(answer.status()).as(target).isIn(400, 404, 405, 421);
        }
    }

    /** 162, 163, 166, 167, 172: headers that we copy, log, or might believe. */
    @ParameterizedTest
    @EnumSource
    void hostileHeaders(Door door) {
        for (String header : List.of(
                "X-Request-Id: a\u001b[31mred",
                "X-Request-Id: \"},{\"",
                "X-Request-Id: " + "a".repeat(5_000),
                "User-Agent: " + Doors.CANARY + "\u001b[2J",
                "Origin: http://evil",
                "Origin: null",
                "Origin: <script>alert(1)</script>",
                "X-Forwarded-For: 127.0.0.1",
                "X-Forwarded-For: ::1, 10.0.0.1, '; DROP TABLE inputs",
                "X-Original-URL: /metrics",
                "X-HTTP-Method-Override: DELETE",
                "Upgrade: websocket\r\nConnection: Upgrade",
                "Range: bytes=0-1",
                "Cookie: sess=" + Doors.CANARY)) {
            Answer answer = doors.refused(door, request("GET", Doors.SIMPLE, doors.bearer() + header + "\r\n"));
            assertThat(answer.status()).as(header).isEqualTo(400);
            assertThat(answer.headers()).doesNotContainKeys("access-control-allow-credentials", "set-cookie");
        }
        Answer preflight = doors.call(
                door,
                request(
                        "OPTIONS",
                        Doors.GPT_4O,
                        "Origin: http://evil\r\nAccess-Control-Request-Method: POST\r\n"
                                + "Access-Control-Request-Headers: authorization, x\"<>\r\n"));
        assertThat(preflight.status()).isEqualTo(204);
        assertThat(preflight.header("access-control-allow-origin")).contains("*");
        assertThat(preflight.headers())
                .doesNotContainKeys("access-control-allow-headers", "access-control-allow-credentials");
    }

    /** 164: however many methods and paths are tried, the number of series stays. */
    @Test
    void seriesDoNotGrow() {
        doors.refused(Door.DIRECT, request("BREW", "/", ""));
        doors.refused(Door.DIRECT, request("GET", "/" + Doors.CANARY, ""));
        long before = series();
        doors.untouched(
                Door.DIRECT,
                () -> IntStream.range(0, 100)
                        .mapToObj(i -> i % 2 == 0
                                ? request("BREW" + i, "/" + i, "")
                                : request("GET", "/" + Doors.CANARY + i + "%22%0a", ""))
                        .map(bytes -> doors.call(Door.DIRECT, bytes))
                        .toList());
        assertThat(series()).isEqualTo(before);
        assertThat(doors.rig.internal("/metrics").body()).doesNotContain(Doors.CANARY, "BREW");
    }

    private static long series() {
        return doors.rig
                .internal("/metrics")
                .body()
                .lines()
                .filter(line -> line.startsWith("gpt_broker_"))
                .count();
    }

    /** B: what is too large is refused whether it comes or is only announced. */
    @ParameterizedTest
    @EnumSource
    void largeBodies(Door door) {
        byte[] over = doors.post(Doors.GPT_4O, Doors.JSON, "[" + " ".repeat(1024 * 1024) + "]");
        assertThat(doors.refused(door, over).status()).isEqualTo(413);
        byte[] announced = ("POST " + Doors.GPT_4O + " HTTP/1.1\r\nHost: sksndev.localhost\r\n" + doors.bearer()
                        + "Content-Length: 2000000000\r\n\r\n")
                .getBytes(StandardCharsets.US_ASCII);
        assertThat(doors.refused(door, announced).status()).isEqualTo(413);
        String many = "[" + "1,".repeat(9_999) + "1]";
        assertThat(doors.refused(door, doors.post(Doors.GPT_4O, Doors.JSON, many))
                        .status())
                .isEqualTo(400);
    }
}
