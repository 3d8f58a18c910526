package gptbroker.identity;

import gptbroker.config.Secret;
import java.io.IOException;
import java.net.URI;
import java.util.Map;
import java.util.Optional;

/** Where the key set comes from: one URL, asked with {@code apikey} because older gateways want it. */
final class JwksSource {
    private static final int OK = 200;

    private final IssuerClient issuer;
    private final URI url;
    private final Map<String, String> headers;

    JwksSource(IssuerClient issuer, URI url, Optional<Secret> apiKey) {
        this.issuer = issuer;
        this.url = url;
        headers = apiKey.map(key -> Map.of("apikey", key.reveal())).orElse(Map.of());
    }

    /**
     * Fetches the set once.
     *
     * @throws IOException when there is no answer, or none that can be trusted
     */
    KeySet fetch() throws IOException, InterruptedException {
        IssuerClient.Answer answer = issuer.get(url, headers);
        if (answer.status() != OK) {
            throw new IOException("JWKS answered with status " + answer.status());
        }
        return KeySet.parse(answer.body());
    }
}
