package gptbroker.probe.check;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Sends requests to one broker over HTTP/1.1, where Content-Length and chunks can be told apart. Thread-safe. */
final class Client {
    private static final int TOO_MANY_REQUESTS = 429;
    private static final Set<String> SHORT_TERM =
            Set.of("rate_exceeded", "address_rate_exceeded", "concurrency_exceeded");
    private static final int MAX_REPEATS = 3;
    private static final long MAX_WAIT_SECONDS = 65;

    private final HttpClient http;
    private final URI baseUrl;
    private final Duration timeout;
    private final Pause pause;

    /** Waits; tests do not. */
    @FunctionalInterface
    interface Pause {
        void sleep(Duration time) throws InterruptedException;
    }

    /** @param timeout for a whole answer, its body included */
    Client(HttpClient http, URI baseUrl, Duration timeout, Pause pause) {
        this.http = http;
        this.baseUrl = baseUrl;
        this.timeout = timeout;
        this.pause = pause;
    }

    /** Sends a request; when a short-term limit refuses it, waits as told and sends it again, a few times. */
    Reply send(Ask ask) throws IOException, InterruptedException {
        Reply reply = sendOnce(ask);
        for (int repeats = 0; repeats < MAX_REPEATS && tooFast(reply); repeats++) {
            pause.sleep(Duration.ofSeconds(Long.parseLong(reply.header("Retry-After"))));
            reply = sendOnce(ask);
        }
        return reply;
    }

    /** Sends a request over a connection of its own, which a refused body may leave closed. */
    Reply sendAlone(Ask ask) throws IOException, InterruptedException {
        try (HttpClient own = CheckCommand.newClient()) {
            return new Client(own, baseUrl, timeout, pause).send(ask);
        }
    }

    /** Sends a request elsewhere than to the broker's public address. */
    Reply sendTo(URI base, Ask ask) throws IOException, InterruptedException {
        return new Client(http, base, timeout, pause).send(ask);
    }

    /** Begins to listen to events that have no end of their own. */
    Hearing hear(Ask ask) throws IOException, InterruptedException {
        return Hearing.begin(request(ask), timeout);
    }

    /** The day's quota is not among them: waiting for tomorrow helps nobody. */
    private static boolean tooFast(Reply reply) {
        return reply.status() == TOO_MANY_REQUESTS
                && SHORT_TERM.contains(reply.header("X-Error-Code"))
                && Allowance.number(reply.header("Retry-After")).orElse(Long.MAX_VALUE) <= MAX_WAIT_SECONDS;
    }

    /** A server may close a kept connection at any moment; what cannot cost a unit is then sent over a new one. */
    private Reply sendOnce(Ask ask) throws IOException, InterruptedException {
        try {
            return exchange(ask);
        } catch (IOException broken) {
            boolean mayCost = ask.method().equals("POST") || ask.method().equals("GET");
            if (mayCost || broken instanceof ConnectException || broken instanceof HttpTimeoutException) {
                throw broken;
            }
            return exchange(ask);
        }
    }

    private Reply exchange(Ask ask) throws IOException, InterruptedException {
        long start = System.nanoTime();
        CompletableFuture<HttpResponse<Arrivals>> answer = http.sendAsync(request(ask), head -> Arrivals.subscriber());
        try {
            HttpResponse<Arrivals> response = answer.get(timeout.toNanos(), TimeUnit.NANOSECONDS);
            Duration took = Duration.ofNanos(System.nanoTime() - start);
            return new Reply(response.statusCode(), response.headers(), response.body(), took);
        } catch (TimeoutException late) {
            answer.cancel(true);
            throw new HttpTimeoutException("no whole answer within " + timeout.toSeconds() + " s");
        } catch (ExecutionException failed) {
            throw failed.getCause() instanceof IOException io ? io : new IOException("the request failed", failed);
        }
    }

    private HttpRequest request(Ask ask) throws IOException {
        HttpRequest.Builder request = HttpRequest.newBuilder(url(ask));
        ask.headers().forEach(request::header);
        return request.method(ask.method(), publisher(ask)).build();
    }

    private URI url(Ask ask) throws IOException {
        try {
            return URI.create(baseUrl + ask.target());
        } catch (IllegalArgumentException wrong) {
            throw new IOException("cannot be sent: " + ask.target(), wrong);
        }
    }

    private static BodyPublisher publisher(Ask ask) {
        if (ask.chunked()) {
            return BodyPublishers.ofInputStream(() -> new ByteArrayInputStream(ask.bytes()));
        }
        return ask.body().isEmpty() ? BodyPublishers.noBody() : BodyPublishers.ofByteArray(ask.bytes());
    }
}
