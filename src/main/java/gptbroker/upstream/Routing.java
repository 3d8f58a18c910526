package gptbroker.upstream;

import gptbroker.config.Inference;
import java.net.URI;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Sends each call to the inference process that serves its model. A caller's own key is nothing for those: such a call
 * goes straight to the provider, as it would without them.
 */
final class Routing implements Upstream {
    private final Map<String, Upstream> byModel;
    private final @Nullable Upstream others;
    private final Upstream provider;

    private Routing(Map<String, Upstream> byModel, @Nullable Upstream others, Upstream provider) {
        this.byModel = byModel;
        this.others = others;
        this.provider = provider;
    }

    /**
     * The ways of a configuration.
     *
     * @param opening opens the way to a process; called once for each
     * @param provider for foreign keys
     */
    static Routing of(Inference inference, Function<URI, Upstream> opening, Upstream provider) {
        Map<URI, Upstream> ways = new HashMap<>();
        Map<String, Upstream> byModel = new HashMap<>();
        inference.routing().forEach((model, url) -> byModel.put(model, ways.computeIfAbsent(url, opening)));
        Upstream others =
                inference.url().map(url -> ways.computeIfAbsent(url, opening)).orElse(null);
        return new Routing(Map.copyOf(byModel), others, provider);
    }

    @Override
    public Completion complete(Call call) {
        return serving(call.model()).complete(call);
    }

    @Override
    public DeltaStream stream(Call call) {
        return serving(call.model()).stream(call);
    }

    @Override
    public RawAnswer relay(RawCall call) {
        return (call.foreign() ? provider : serving(call.model())).relay(call);
    }

    private Upstream serving(String model) {
        Upstream way = byModel.getOrDefault(model, others);
        if (way == null) {
            throw Fault.of(Fault.Kind.REJECTED, "no inference process serves the model")
                    .problem();
        }
        return way;
    }
}
