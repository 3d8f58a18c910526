package gptbroker.prompt;

import gptbroker.cache.Digest;
import gptbroker.cache.Found;
import gptbroker.cache.Kept;
import gptbroker.cache.Key;
import gptbroker.cache.Lead;
import gptbroker.cache.ResponseCache;
import gptbroker.http.Exchange;
import gptbroker.identity.Caller;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * Answers of prompt endpoints that ask for it, given again: to the same caller, or to everyone where the prompt says so.
 * The key covers the endpoint's name and all that the provider is asked, so a prompt that has changed starts anew. Kept
 * is the text, which each form of answer can be made of. Thread-safe.
 */
final class Recall {
    /** How a completion ends that is whole. */
    private static final String STOP = "stop";

    /**
     * How long an endpoint's answers may be given again.
     *
     * @param shared to everyone, instead of to each caller their own
     */
    record Policy(boolean shared, Duration ttl) {}

    private final ResponseCache cache;
    private final String provider;

    /** @param provider as {@link Key#provider} */
    Recall(ResponseCache cache, String provider) {
        this.cache = cache;
        this.provider = provider;
    }

    /** Looks for the answer; without a policy there is nothing to look for, and the client is told nothing. */
    Found look(Exchange exchange, Caller caller, Endpoint endpoint, Prompt prompt) throws InterruptedException {
        Optional<Policy> policy = endpoint.cache();
        return policy.isEmpty()
                ? Found.NOT_LOOKED_FOR
                : cache.look(exchange, key(caller, endpoint, policy.get().shared(), prompt));
    }

    /** Keeps the text of a complete answer. */
    void keep(Lead lead, Endpoint endpoint, String text, Optional<String> finishReason) {
        boolean whole = finishReason.orElse(STOP).equals(STOP);
        Duration ttl = endpoint.cache().filter(policy -> whole).map(Policy::ttl).orElse(Duration.ZERO);
        lead.keep(Kept.ofText(text), ttl);
    }

    /** Whether cached answers are charged. */
    boolean charges() {
        return cache.config().hitsCount();
    }

    private Key key(Caller caller, Endpoint endpoint, boolean shared, Prompt prompt) {
        String scope = shared ? "shared" : caller.kind() + " " + caller.id();
        String digest = new Digest("prompt")
                .add(provider)
                .add(scope)
                .add(endpoint.path())
                .add(endpoint.answer().getClass().getSimpleName())
                .add(prompt.model())
                .add(prompt.messages())
                .add(prompt.temperature().toString())
                .add(prompt.maxTokens().toString())
                .add(Boolean.toString(prompt.json()))
                .hex();
        return new Key(digest, shared ? List.of() : List.of(Key.owner(caller.id())));
    }
}
