package gptbroker.probe.check;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import gptbroker.probe.check.FakeRules.Refused;
import gptbroker.probe.tenant.Further;
import gptbroker.probe.tenant.Login;
import gptbroker.probe.tenant.Secret;
import gptbroker.probe.tenant.Tenant;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A broker, its Supabase and its model in one small server on loopback, which keeps every promise but the given ones. Its
 * texts are written out here on purpose: shared constants would share their mistakes.
 */
final class FakeBroker implements AutoCloseable {
    static final String PASSWORD = "correct horse";
    static final String OTHER = "other@example.org";
    static final String ADMIN_KEY = "operators-key";
    private static final long LIMIT = 50;
    private static final int MAX_BODY = 1 << 20;
    private static final Set<String> METHODS = Set.of("GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS");
    private static final Map<String, String> ROUTES = Map.of(
            "/health",
            "GET",
            Paths.SIMPLE,
            "GET",
            Paths.ADVANCED,
            "POST",
            Paths.V2,
            "POST",
            Paths.GPT_4O,
            "POST",
            Paths.STREAM,
            "POST");

    private final HttpServer server;
    private final Set<Fault> faults;
    private final FakeUsers users;
    private final FakeChats chats;
    private final FakeProjects projects;
    private final AtomicLong remaining = new AtomicLong(LIMIT);
    private final AtomicLong refusedAsTooFast = new AtomicLong();
    private final AtomicLong streams = new AtomicLong();

    FakeBroker(Fault... faults) throws IOException {
        this.faults = Set.of(faults);
        users = new FakeUsers(this.faults);
        chats = new FakeChats(this.faults);
        projects = new FakeProjects(this.faults);
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        server.createContext("/auth/v1/token", this::signIn);
        server.createContext("/", this::answer);
        server.start();
    }

    URI url() {
        return URI.create("http://127.0.0.1:" + server.getAddress().getPort());
    }

    Tenant tenant(String name) {
        return new Tenant(
                name,
                url(),
                url(),
                new Secret(FakeUsers.ANON_KEY),
                new Secret("user@example.org"),
                new Secret(PASSWORD));
    }

    /** The same with all that a file may tell beside, but for a prompt. */
    Tenant fullTenant(String name) {
        return tenant(name)
                .with(Further.NOTHING
                        .withAdminKey(new Secret(ADMIN_KEY))
                        .withAdminUrl(url())
                        .withOther(new Login(new Secret(OTHER), new Secret(PASSWORD))));
    }

    FakeProjects projects() {
        return projects;
    }

    /** The token of its first user. */
    String token() {
        return users.token();
    }

    /** How many units are gone. */
    long spent() {
        return LIMIT - remaining.get();
    }

    @Override
    public void close() {
        server.stop(0);
    }

    private void signIn(HttpExchange exchange) throws IOException {
        String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
        boolean known = body.contains(PASSWORD)
                && FakeUsers.ANON_KEY.equals(exchange.getRequestHeaders().getFirst("apikey"));
        String answer =
                known ? users.signedIn(body.contains(OTHER)) : "{\"code\":\"invalid_credentials\",\"message\":\"no\"}";
        FakeAnswers.send(exchange, known ? 200 : 400, "application/json", answer);
    }

    private void answer(HttpExchange exchange) throws IOException {
        try {
            frame(exchange.getResponseHeaders());
            if (exchange.getRequestMethod().equals("OPTIONS")) {
                options(exchange);
            } else if (path(exchange).equals("/health")) {
                FakeAnswers.send(exchange, 200, "text/plain; charset=utf-8", "OK");
            } else if (FakeProjects.serves(path(exchange))) {
                project(exchange);
            } else if (FakeApi.serves(path(exchange)) || FakeChats.serves(path(exchange))) {
                api(exchange);
            } else {
                prompt(exchange);
            }
        } catch (Refused refused) {
            refuse(exchange, refused);
        } finally {
            exchange.close();
        }
    }

    private void frame(Headers headers) {
        headers.set("Access-Control-Allow-Origin", "*");
        headers.set("Vary", "Origin");
        headers.set(
                "Access-Control-Expose-Headers",
                "X-Request-Id, RateLimit, RateLimit-Policy, X-RateLimit-Limit, X-RateLimit-Remaining,"
                        + " X-RateLimit-Reset, Retry-After");
        headers.set(
                "X-Request-Id",
                faults.contains(Fault.SAME_REQUEST_ID) ? "1" : UUID.randomUUID().toString());
    }

    private static String path(HttpExchange exchange) {
        return exchange.getRequestURI().getRawPath().toLowerCase(Locale.ROOT).replaceFirst("/$", "");
    }

    private void options(HttpExchange exchange) throws IOException {
        Headers headers = exchange.getResponseHeaders();
        boolean preflight = exchange.getRequestHeaders().containsKey("Access-Control-Request-Method");
        if (preflight && !faults.contains(Fault.NO_PREFLIGHT)) {
            headers.set("Access-Control-Allow-Methods", "GET,HEAD,PUT,POST,DELETE,PATCH");
            headers.set(
                    "Access-Control-Allow-Headers",
                    exchange.getRequestHeaders().getFirst("Access-Control-Request-Headers"));
            exchange.sendResponseHeaders(204, -1);
        } else if (ROUTES.containsKey(path(exchange))) {
            headers.set("Allow", ROUTES.get(path(exchange)) + ", OPTIONS");
            exchange.sendResponseHeaders(200, -1);
        } else {
            throw new Refused(404, "not_found", "{\"error\":\"Endpoint not found\"}");
        }
    }

    private void project(HttpExchange exchange) throws IOException {
        Headers headers = exchange.getRequestHeaders();
        FakeApi.Answer answer = projects.answer(
                exchange.getRequestMethod(),
                path(exchange),
                new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8),
                ("Bearer " + ADMIN_KEY).equals(headers.getFirst("Authorization")),
                headers.getFirst("X-API-Key"));
        if (answer.status() != 200) {
            throw new Refused(answer.status(), answer.code(), answer.body());
        }
        FakeAnswers.send(exchange, 200, answer.type(), answer.body());
    }

    /** Everything beside the five endpoints. */
    private void api(HttpExchange exchange) throws IOException {
        String path = path(exchange);
        byte[] body = exchange.getRequestBody().readAllBytes();
        String authorization = exchange.getRequestHeaders().getFirst("Authorization");
        FakeApi api = new FakeApi(faults, remaining.get());
        boolean operator = ("Bearer " + ADMIN_KEY).equals(authorization);
        if (FakeApi.isOperators(path)) {
            if (!operator) {
                throw new Refused(404, "not_found", "{\"error\":\"Endpoint not found\"}");
            }
            FakeAnswers.send(exchange, 200, "application/json", FakeApi.operators(path));
            return;
        }
        try {
            identify(exchange);
        } catch (Refused unknown) {
            throw api.refusal(path, unknown);
        }
        boolean first = users.isFirst(authorization);
        if (path.equals(FakeChats.STREAM)) {
            chats.stream(exchange, first);
            return;
        }
        String query = exchange.getRequestURI().getRawQuery();
        String text = new String(body, StandardCharsets.UTF_8);
        FakeApi.Answer answer =
                FakeChats.serves(path) ? chats.answer(path, query, text, first) : api.answer(path, query, text);
        if (answer.costs()) {
            remaining.decrementAndGet();
        }
        limits(exchange.getResponseHeaders(), false);
        if (answer.status() != 200) {
            throw new Refused(answer.status(), answer.code(), answer.body());
        }
        FakeAnswers.send(exchange, 200, answer.type(), answer.body());
    }

    private void prompt(HttpExchange exchange) throws IOException {
        route(exchange);
        byte[] body = body(exchange);
        identify(exchange);
        String path = path(exchange);
        if (faults.contains(Fault.TOO_FAST) && refusedAsTooFast.getAndIncrement() % 3 == 0) {
            exchange.getResponseHeaders().set("Retry-After", "30");
            throw new Refused(429, "rate_exceeded", "{\"error\":\"GPT Rate limit exceeded.\",\"message\":null}");
        }
        try {
            new FakeRules(faults).validate(path, exchange.getRequestURI().getRawQuery(), body);
        } catch (Refused refused) {
            if (faults.contains(Fault.CHARGED_REFUSAL)) {
                remaining.decrementAndGet();
            }
            limits(exchange.getResponseHeaders(), false);
            throw refused;
        }
        if (!faults.contains(Fault.FREE_SUCCESS)) {
            remaining.decrementAndGet();
        }
        limits(exchange.getResponseHeaders(), true);
        boolean late = path.equals(Paths.STREAM) && streams.incrementAndGet() <= 3 && faults.contains(Fault.SEEN_LATE);
        new FakeAnswers(faults, late).succeed(exchange, path);
    }

    private void route(HttpExchange exchange) {
        String method = exchange.getRequestMethod();
        String path = path(exchange);
        if (!METHODS.contains(method)) {
            throw new Refused(501, "method_unknown", "{\"error\":\"Endpoint not found\"}");
        }
        boolean operator =
                ("Bearer " + ADMIN_KEY).equals(exchange.getRequestHeaders().getFirst("Authorization"));
        if (path.equals("/metrics") && (operator || faults.contains(Fault.METRICS_PUBLIC))) {
            throw new Refused(200, "", "gpt_broker_requests_total 1");
        }
        if (!ROUTES.containsKey(path)) {
            throw new Refused(404, "not_found", "{\"error\":\"Endpoint not found\"}");
        }
        if (!ROUTES.get(path).equals(method)) {
            if (!faults.contains(Fault.NO_ALLOW)) {
                exchange.getResponseHeaders().set("Allow", ROUTES.get(path));
            }
            throw new Refused(405, "method_not_allowed", "{\"error\":\"Endpoint not found\"}");
        }
    }

    private byte[] body(HttpExchange exchange) throws IOException {
        if (exchange.getRequestHeaders().containsKey("Transfer-Encoding") && !faults.contains(Fault.CHUNKS_ACCEPTED)) {
            throw new Refused(
                    411,
                    "length_required",
                    "{\"error\":\"Chunked request bodies are not accepted: send a Content-Length\",\"message\":null}");
        }
        byte[] body = exchange.getRequestBody().readAllBytes();
        if (body.length > MAX_BODY && !faults.contains(Fault.NO_BODY_LIMIT)) {
            throw new Refused(413, "body_too_large", "{\"error\":\"request entity too large\",\"message\":null}");
        }
        return body;
    }

    private void identify(HttpExchange exchange) {
        String authorization = exchange.getRequestHeaders().getFirst("Authorization");
        if (authorization == null && faults.contains(Fault.LIMITS_ON_401)) {
            limits(exchange.getResponseHeaders(), false);
        }
        users.identify(authorization);
    }

    private void limits(Headers headers, boolean success) {
        if (success && faults.contains(Fault.NO_LIMIT_HEADER)) {
            return;
        }
        long left = remaining.get();
        headers.set("RateLimit-Policy", "\"day\";q=50;w=86400, \"burst\";q=60;w=60");
        headers.set("RateLimit", "\"day\";r=" + left + ";t=3600, \"burst\";r=59;t=1");
        headers.set("X-RateLimit-Limit", "50");
        headers.set("X-RateLimit-Remaining", Long.toString(faults.contains(Fault.DISAGREEING_LIMITS) ? 7 : left));
        headers.set("X-RateLimit-Reset", "3600");
        headers.set("x-ratelimit-limit-requests", "50");
        headers.set("x-ratelimit-remaining-requests", Long.toString(left));
        headers.set("x-ratelimit-reset-requests", "1h0m0s");
    }

    private void refuse(HttpExchange exchange, Refused refused) throws IOException {
        Headers headers = exchange.getResponseHeaders();
        if (!faults.contains(Fault.NO_ERROR_CODE)) {
            headers.set("X-Error-Code", refused.code());
        }
        if (faults.contains(Fault.NO_CORS_ON_ERRORS)) {
            headers.remove("Access-Control-Allow-Origin");
        }
        FakeAnswers.send(exchange, refused.status(), "application/json; charset=utf-8", refused.body());
    }
}
