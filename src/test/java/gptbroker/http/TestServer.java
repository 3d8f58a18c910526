package gptbroker.http;

import gptbroker.config.BrokerConfig;
import gptbroker.ops.Health;
import gptbroker.ops.Meters;
import gptbroker.ops.Scrape;
import gptbroker.problem.Problem;
import gptbroker.problem.ProblemCode;
import gptbroker.testing.FramingCase;
import gptbroker.testing.Nginx;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.function.UnaryOperator;

/** The real listeners over a handful of routes that behave well and badly. */
final class TestServer implements AutoCloseable {
    static final int MAX_BODY = 64 * 1024;
    static final int LARGE = 8 * 1024 * 1024;

    /** The framing table, aimed at this server's routes. */
    static final List<FramingCase> FRAMING = FramingCase.all(new FramingCase.Aim(
            "x",
            "",
            new FramingCase.Target("/echo", 200),
            new FramingCase.Target("/denied", 401),
            new FramingCase.Target("/ok", 200),
            "GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n"));

    final AtomicInteger smuggled = new AtomicInteger();
    final AtomicInteger echoed = new AtomicInteger();
    final AtomicInteger interrupted = new AtomicInteger();
    final CountDownLatch hold = new CountDownLatch(1);
    final Meters meters = new Meters();
    final Scrape scrape = new Scrape(meters);
    final Health health = new Health(Map.of("ok", () -> true), InstantSource.system());
    final BrokerServer server;

    TestServer() {
        this(limits -> limits, address -> Optional.empty());
    }

    TestServer(UnaryOperator<Limits> change, Function<String, Optional<Duration>> addressLimit) {
        OpsRoutes ops = new OpsRoutes(scrape, health);
        List<Route> routes = new ArrayList<>(ops.routes());
        routes.add(new Route("GET", "/smuggled", Access.CALLER, Dialect.BROKER, x -> {
            if (x.headers(Nginx.MARK).isEmpty()) {
                smuggled.incrementAndGet();
            }
            text(x, "smuggled");
        }));
        routes.add(new Route("POST", "/echo", Access.CALLER, Dialect.BROKER, x -> {
            byte[] body = x.body();
            echoed.incrementAndGet();
            x.send(200, "application/octet-stream", body);
        }));
        routes.add(new Route("GET", "/ok", Access.CALLER, Dialect.BROKER, x -> text(x, "ok")));
        routes.add(new Route(
                "GET",
                "/query",
                Access.CALLER,
                Dialect.BROKER,
                x -> text(x, x.query("prompt").toString())));
        routes.add(new Route("POST", "/denied", Access.CALLER, Dialect.BROKER, x -> {
            throw Problem.of(
                    x.headers("authorization").size() > 1
                            ? ProblemCode.TOKEN_INVALID
                            : ProblemCode.AUTHORIZATION_MISSING);
        }));
        routes.add(new Route("POST", "/boom", Access.CALLER, Dialect.BROKER, x -> {
            throw new IllegalStateException("secret text");
        }));
        routes.add(new Route("POST", "/silent", Access.CALLER, Dialect.BROKER, x -> {}));
        routes.add(new Route("GET", "/flood", Access.CALLER, Dialect.BROKER, TestServer::flood));
        routes.add(new Route(
                "GET",
                "/large",
                Access.CALLER,
                Dialect.BROKER,
                x -> x.send(200, "application/octet-stream", new byte[LARGE])));
        routes.add(new Route("GET", "/hold", Access.CALLER, Dialect.BROKER, this::hold));
        routes.add(new Route("GET", "/lines", Access.CALLER, Dialect.BROKER, this::lines));
        routes.add(new Route("GET", "/broken", Access.CALLER, Dialect.BROKER, x -> {
            OutputStream out = x.stream(200, "application/x-ndjson");
            out.write('1');
            out.flush();
            throw new IllegalStateException("upstream broke");
        }));
        routes.add(new Route(
                "GET", "/prompts/{name}", Access.CALLER, Dialect.BROKER, x -> text(x, x.pathParameter("name"))));
        routes.add(new Route("POST", "/v1/*", Access.CALLER, Dialect.BROKER, x -> text(x, x.pathParameter("*"))));
        server = new BrokerServer(
                change.apply(Limits.DEFAULT).listen(),
                routes,
                ops.routes(),
                lines -> lines.equals(List.of("Bearer admin")),
                addressLimit,
                meters,
                health);
        server.start();
    }

    /** What a test may want to change. */
    record Limits(
            int maxBody,
            int maxConnections,
            int maxRequests,
            Duration body,
            Duration write,
            Duration total,
            Duration drainDelay,
            Duration drainTimeout,
            Set<String> origins,
            List<String> proxies) {
        static final Limits DEFAULT = new Limits(
                MAX_BODY,
                1000,
                100,
                Duration.ofSeconds(5),
                Duration.ofSeconds(5),
                Duration.ofSeconds(30),
                Duration.ofMillis(200),
                Duration.ofSeconds(2),
                Set.of(),
                List.of());

        Limits bodies(int most) {
            return new Limits(
                    most, maxConnections, maxRequests, body, write, total, drainDelay, drainTimeout, origins, proxies);
        }

        Limits requests(int most) {
            return new Limits(
                    maxBody, maxConnections, most, body, write, total, drainDelay, drainTimeout, origins, proxies);
        }

        Limits times(Duration body, Duration write, Duration total) {
            return new Limits(
                    maxBody,
                    maxConnections,
                    maxRequests,
                    body,
                    write,
                    total,
                    drainDelay,
                    drainTimeout,
                    origins,
                    proxies);
        }

        Limits drain(Duration delay, Duration timeout) {
            return new Limits(
                    maxBody, maxConnections, maxRequests, body, write, total, delay, timeout, origins, proxies);
        }

        Limits origins(String... some) {
            return new Limits(
                    maxBody,
                    maxConnections,
                    maxRequests,
                    body,
                    write,
                    total,
                    drainDelay,
                    drainTimeout,
                    Set.of(some),
                    proxies);
        }

        BrokerConfig.Listen listen() {
            return new BrokerConfig.Listen(
                    "127.0.0.1",
                    0,
                    "127.0.0.1",
                    0,
                    maxBody,
                    maxConnections,
                    maxRequests,
                    body,
                    write,
                    total,
                    drainDelay,
                    drainTimeout,
                    origins,
                    proxies);
        }
    }

    int port() {
        return server.publicPort();
    }

    int internalPort() {
        return server.internalPort();
    }

    static void text(Exchange x, String text) throws ClientGone {
        x.send(200, "text/plain; charset=utf-8", text.getBytes(StandardCharsets.UTF_8));
    }

    /** Writes until the client stops it. */
    private static void flood(Exchange x) throws Exception {
        OutputStream out = x.stream(200, "application/octet-stream");
        byte[] block = new byte[64 * 1024];
        while (true) {
            out.write(block);
            out.flush();
        }
    }

    /** Waits, as for a model that says nothing. */
    private void hold(Exchange x) throws Exception {
        try {
            hold.await();
        } catch (InterruptedException e) {
            interrupted.incrementAndGet();
            throw e;
        }
        text(x, "held");
    }

    /** Begins an answer, waits, and tells inside it when it is interrupted. */
    private void lines(Exchange x) throws Exception {
        OutputStream out = x.stream(200, "application/x-ndjson");
        out.write("{\"data\":\"a\"}\n".getBytes(StandardCharsets.UTF_8));
        out.flush();
        try {
            hold.await();
            out.write("{\"data\":\"b\"}\n".getBytes(StandardCharsets.UTF_8));
        } catch (InterruptedException e) {
            interrupted.incrementAndGet();
            out.write(("{\"error\":\"" + x.interruption().orElseThrow().code() + "\"}\n")
                    .getBytes(StandardCharsets.UTF_8));
        }
    }

    @Override
    public void close() {
        hold.countDown();
        server.close();
    }
}
