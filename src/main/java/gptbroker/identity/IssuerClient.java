package gptbroker.identity;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.HttpTimeoutException;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * GETs from the issuer, whose address comes from configuration alone: 3 s to connect, 5 s for the whole answer (a slow
 * drip included), at most 64 KiB of it, no redirects. Thread-safe.
 */
final class IssuerClient implements AutoCloseable {
    private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(3);
    static final Duration TOTAL_TIMEOUT = Duration.ofSeconds(5);
    static final int MAX_BODY = 64 * 1024;

    private final HttpClient http = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(CONNECT_TIMEOUT)
            .followRedirects(HttpClient.Redirect.NEVER)
            .executor(Executors.newVirtualThreadPerTaskExecutor())
            .build();
    private final Duration timeout;

    IssuerClient() {
        this(TOTAL_TIMEOUT);
    }

    IssuerClient(Duration timeout) {
        this.timeout = timeout;
    }

    /** What the issuer said. */
    record Answer(int status, byte[] body) {}

    /**
     * Asks once.
     *
     * @throws IOException when there is no whole answer within the limits
     */
    Answer get(URI uri, Map<String, String> headers) throws IOException, InterruptedException {
        CompletableFuture<HttpResponse<byte[]>> answer =
                http.sendAsync(request(uri, headers), BodyHandlers.limiting(BodyHandlers.ofByteArray(), MAX_BODY));
        try {
            // Not HttpRequest.timeout: that one ends with the response's head.
            HttpResponse<byte[]> response = answer.get(timeout.toMillis(), TimeUnit.MILLISECONDS);
            return new Answer(response.statusCode(), response.body());
        } catch (TimeoutException e) {
            throw new HttpTimeoutException("no whole answer in time");
        } catch (ExecutionException e) {
            throw new IOException("no answer: " + e.getCause().getClass().getSimpleName(), e.getCause());
        } finally {
            answer.cancel(true);
        }
    }

    private static HttpRequest request(URI uri, Map<String, String> headers) throws IOException {
        try {
            HttpRequest.Builder request = HttpRequest.newBuilder(uri)
                    .header("Accept", "application/json")
                    .header("User-Agent", "gpt-broker");
            headers.forEach(request::header);
            return request.build();
        } catch (IllegalArgumentException e) {
            // Its message quotes the header's value, which may be a key: it must not travel on.
            throw new IOException("the configured URL or key cannot be sent");
        }
    }

    @Override
    public void close() {
        http.shutdownNow();
    }
}
