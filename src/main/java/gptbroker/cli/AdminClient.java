package gptbroker.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import gptbroker.config.Secret;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Speaks to the admin API of a running broker. */
final class AdminClient implements AutoCloseable {
    private static final Duration CONNECT = Duration.ofSeconds(5);
    private static final Duration ANSWER = Duration.ofSeconds(60);
    private static final ObjectMapper JSON = new ObjectMapper();

    private final HttpClient http = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(CONNECT)
            .build();
    private final String url;
    private final Secret key;

    /** @param url of either listener, without a path */
    AdminClient(String url, Secret key) {
        this.url = url.endsWith("/") ? url.substring(0, url.length() - 1) : url;
        this.key = key;
    }

    /** A text as one segment of a path, or as a value of a query. */
    static String encoded(String text) {
        return URLEncoder.encode(text, UTF_8).replace("+", "%20");
    }

    /** The answer's JSON to a request without a body. */
    JsonNode call(String method, String path) throws AdminFailure {
        return call(method, path, null);
    }

    /** The answer's JSON to a request with this body. */
    JsonNode call(String method, String path, @Nullable JsonNode body) throws AdminFailure {
        HttpResponse<String> answer = send(method, path, body);
        JsonNode json = parsed(answer.body());
        if (answer.statusCode() != 200) {
            throw new AdminFailure(AdminFailure.REFUSED, refusal(answer, json));
        }
        return json;
    }

    /**
     * The lines of an event stream as they come; to be closed.
     *
     * @param after the last event that is known; empty for what is to come alone
     */
    Stream<String> lines(String path, String after) throws AdminFailure {
        return sent(() -> {
            HttpRequest.Builder request = request(path).header("Accept", "text/event-stream");
            if (!after.isEmpty()) {
                request.header("Last-Event-ID", after);
            }
            HttpResponse<Stream<String>> answer = http.send(request.build(), BodyHandlers.ofLines());
            if (answer.statusCode() == 200) {
                return answer.body();
            }
            try (Stream<String> body = answer.body()) {
                JsonNode json = parsed(body.collect(Collectors.joining()));
                throw new AdminFailure(AdminFailure.REFUSED, refusal(answer, json));
            }
        });
    }

    private HttpResponse<String> send(String method, String path, @Nullable JsonNode body) throws AdminFailure {
        return sent(() -> {
            HttpRequest.Builder request = request(path)
                    .method(method, body == null ? BodyPublishers.noBody() : BodyPublishers.ofString(body.toString()));
            if (body != null) {
                request.header("Content-Type", "application/json");
            }
            return http.send(request.build(), BodyHandlers.ofString());
        });
    }

    /** The time-out is for the head of the answer. */
    private HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(URI.create(url + path))
                .timeout(ANSWER)
                .header("Authorization", "Bearer " + key.reveal());
    }

    private interface Sending<T> {
        T send() throws AdminFailure, IOException, InterruptedException;
    }

    private <T> T sent(Sending<T> sending) throws AdminFailure {
        try {
            return sending.send();
        } catch (IllegalArgumentException e) {
            throw new AdminFailure(AdminFailure.USAGE, "not an address, or not a key: " + url);
        } catch (IOException e) {
            throw new AdminFailure(AdminFailure.AWAY, "no broker answers at " + url);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AdminFailure(AdminFailure.AWAY, "interrupted");
        }
    }

    private static String refusal(HttpResponse<?> answer, JsonNode json) {
        String code = answer.headers()
                .firstValue("x-error-code")
                .map(name -> ", " + name)
                .orElse("");
        if (code.equals(", not_found")) {
            return "nothing of that name (404, not_found); on the public port that can also mean a wrong key";
        }
        return json.path("error").asText("no word of a broker") + " (" + answer.statusCode() + code + ")";
    }

    private static JsonNode parsed(String body) {
        try {
            return JSON.readTree(body);
        } catch (JsonProcessingException e) {
            return JSON.nullNode();
        }
    }

    @Override
    public void close() {
        http.close();
    }
}
