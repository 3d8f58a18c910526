package gptbroker.config;

import java.net.URI;
import java.util.Map;
import java.util.Optional;

/**
 * The processes that hold the provider's key for this one ({@code serve --role inference}).
 *
 * @param url {@code INFERENCE_URL}: for every model without a route
 * @param routing {@code INFERENCE_ROUTING}: by public model name
 * @param token {@code INFERENCE_TOKEN}
 */
public record Inference(Optional<URI> url, Map<String, URI> routing, Optional<Secret> token) {
    /** None: the provider is called from here. */
    public static final Inference NONE = new Inference(Optional.empty(), Map.of(), Optional.empty());

    public Inference {
        routing = Map.copyOf(routing);
    }

    /** Whether the provider is called by another process. */
    public boolean isUsed() {
        return url.isPresent() || !routing.isEmpty();
    }
}
