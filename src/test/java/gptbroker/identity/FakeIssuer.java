package gptbroker.identity;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** An issuer on loopback that serves keys and users, and misbehaves when told to. */
final class FakeIssuer implements AutoCloseable {
    /** An answer to come; a body longer than {@code sent} is announced but never finished. */
    record Reply(int status, byte[] body, int sent) {
        static Reply of(int status, String body) {
            byte[] bytes = TestKey.utf8(body);
            return new Reply(status, bytes, bytes.length);
        }
    }

    private final HttpServer server;
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final CountDownLatch closing = new CountDownLatch(1);
    private volatile Reply jwks = Reply.of(200, "{\"keys\":[]}");
    private volatile Reply user = Reply.of(404, "{}");
    private volatile CountDownLatch gate = new CountDownLatch(0);
    final List<Headers> jwksRequests = new CopyOnWriteArrayList<>();
    final List<Headers> userRequests = new CopyOnWriteArrayList<>();

    FakeIssuer() {
        try {
            server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        server.setExecutor(threads);
        server.createContext("/auth/v1/.well-known/jwks.json", exchange -> {
            jwksRequests.add(exchange.getRequestHeaders());
            answer(exchange, jwks);
        });
        server.createContext("/auth/v1/user", exchange -> {
            userRequests.add(exchange.getRequestHeaders());
            answer(exchange, user);
        });
        server.start();
    }

    URI url() {
        return URI.create("http://127.0.0.1:" + server.getAddress().getPort());
    }

    URI jwksUrl() {
        return url().resolve("/auth/v1/.well-known/jwks.json");
    }

    void serve(TestKey... keys) {
        jwks = Reply.of(200, Stream.of(keys).map(TestKey::jwk).collect(Collectors.joining(",", "{\"keys\":[", "]}")));
    }

    void serve(Reply reply) {
        jwks = reply;
    }

    void serveUser(int status, String body) {
        user = Reply.of(status, body);
    }

    /** Lets requests arrive, but holds their answers back until the latch opens. */
    void holdUntil(CountDownLatch latch) {
        gate = latch;
    }

    private void answer(HttpExchange exchange, Reply reply) throws IOException {
        try (exchange) {
            gate.await();
            if (reply.status() == 302) {
                exchange.getResponseHeaders().add("Location", "/auth/v1/user");
            }
            exchange.sendResponseHeaders(reply.status(), reply.body().length == 0 ? -1 : reply.body().length);
            exchange.getResponseBody().write(reply.body(), 0, reply.sent());
            exchange.getResponseBody().flush();
            if (reply.sent() < reply.body().length) {
                closing.await();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() {
        closing.countDown();
        server.stop(0);
        threads.shutdownNow();
    }
}
