package gptbroker.probe.check;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Sends requests to one broker over HTTP/1.1, where Content-Length and chunks can be told apart. Thread-safe. */
final class Client {
    private final HttpClient http;
    private final URI baseUrl;
    private final Duration timeout;

    /** @param timeout for a whole answer, its body included */
    Client(HttpClient http, URI baseUrl, Duration timeout) {
        this.http = http;
        this.baseUrl = baseUrl;
        this.timeout = timeout;
    }

    Reply send(Ask ask) throws IOException, InterruptedException {
        long start = System.nanoTime();
        CompletableFuture<HttpResponse<Arrivals>> answer = http.sendAsync(request(ask), head -> Arrivals.subscriber());
        try {
            HttpResponse<Arrivals> response = answer.get(timeout.toNanos(), TimeUnit.NANOSECONDS);
            Duration took = Duration.ofNanos(System.nanoTime() - start);
            return new Reply(response.statusCode(), response.headers(), response.body(), took);
        } catch (TimeoutException late) {
            answer.cancel(true);
            throw new IOException("no whole answer within " + timeout.toSeconds() + " s", late);
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
