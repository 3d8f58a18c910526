package gptbroker.probe.load;

import gptbroker.probe.tenant.ConfigurationError;
import gptbroker.probe.tenant.Secret;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The requests of one run as bytes, made once: one for each token, used in turn. Immutable. */
final class Requests {
    private static final String MESSAGES = "[{\"role\":\"user\",\"content\":\"Say hello in one sentence.\"}]";
    private static final String BODY = "{\"messages\":" + MESSAGES + ",\"temperature\":0.7}";
    private static final String STREAM_BODY =
            "{\"messages\":" + MESSAGES + ",\"temperature\":0.7,\"model\":\"gpt-4o-mini\"}";
    private static final String STREAM = "stream";

    /** What the short names stand for: a path, and a body for what is posted. */
    private static final Map<String, Endpoint> NAMED = Map.of(
            "health",
            new Endpoint("/health", Optional.empty()),
            "simple",
            new Endpoint("/simple-gpt-4o-mini-complete?prompt=Say%20hello", Optional.empty()),
            "advanced",
            new Endpoint("/advanced-gpt-4o-mini-complete", Optional.of(MESSAGES)),
            "v2",
            new Endpoint("/v2/advanced-gpt-4o-mini-complete", Optional.of(BODY)),
            "gpt-4o",
            new Endpoint("/gpt-4o", Optional.of(BODY)),
            STREAM,
            new Endpoint("/stream", Optional.of(STREAM_BODY)));

    private final List<byte[]> requests;

    private record Endpoint(String path, Optional<String> body) {}

    private Requests(List<byte[]> requests) {
        this.requests = requests;
    }

    /**
     * Builds the requests.
     *
     * @param endpoint a short name, or a path that begins with a slash
     * @param body posted instead of the short name's own; a path without one is fetched by GET
     * @param accept value of the Accept header
     * @param tokens one request is built for each; none builds one request without Authorization
     */
    static Requests of(Target target, String endpoint, Optional<String> body, String accept, List<Secret> tokens) {
        Endpoint meant = endpoint.startsWith("/") ? new Endpoint(endpoint, Optional.empty()) : NAMED.get(endpoint);
        if (meant == null) {
            throw new ConfigurationError("no endpoint '" + endpoint + "': one of "
                    + String.join(", ", NAMED.keySet().stream().sorted().toList()) + ", or a path");
        }
        Endpoint asked = new Endpoint(meant.path(), body.or(meant::body));
        if (tokens.isEmpty()) {
            return new Requests(List.of(bytes(target, asked, accept, "")));
        }
        return new Requests(tokens.stream()
                .map(token -> bytes(target, asked, accept, "Authorization: Bearer " + token.value() + "\r\n"))
                .toList());
    }

    private static byte[] bytes(Target target, Endpoint endpoint, String accept, String authorization) {
        int length = endpoint.body().orElse("").getBytes(StandardCharsets.UTF_8).length;
        String entity =
                endpoint.body().isEmpty() ? "" : "Content-Type: application/json\r\nContent-Length: " + length + "\r\n";
        String head = (endpoint.body().isEmpty() ? "GET " : "POST ") + target.prefix() + endpoint.path()
                + " HTTP/1.1\r\nHost: " + target.host() + "\r\nAccept: " + accept + "\r\n" + authorization + entity
                + "\r\n";
        return (head + endpoint.body().orElse("")).getBytes(StandardCharsets.UTF_8);
    }

    /** The request of the call number {@code index}; not to be changed. */
    byte[] at(long index) {
        return requests.get((int) (index % requests.size()));
    }
}
