package gptbroker.turn;

import gptbroker.archive.Spent;
import gptbroker.ops.Meters;
import gptbroker.upstream.Usage;
import io.helidon.metrics.api.Counter;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** Tokens and dollars by model. Thread-safe. */
final class SpendMeters {
    private final Meters meters;
    private final Map<String, OfModel> byModel = new ConcurrentHashMap<>();

    SpendMeters(Meters meters) {
        this.meters = meters;
    }

    private record OfModel(Counter prompt, Counter cached, Counter completion, Counter estimated, Counter cost) {}

    /** @param model of a closed set */
    void spent(String model, Usage usage, Spent spent) {
        OfModel of = byModel.computeIfAbsent(model, this::of);
        long cached = usage.cachedTokens().orElse(0);
        of.prompt.increment(usage.promptTokens());
        of.cached.increment(cached);
        of.completion.increment(usage.completionTokens());
        if (spent.estimated()) {
            of.estimated.increment(usage.tokens());
        }
        spent.nanoUsd().ifPresent(of.cost::increment);
    }

    private OfModel of(String model) {
        return new OfModel(
                tokens(model, "prompt"),
                tokens(model, "cached"),
                tokens(model, "completion"),
                meters.counter(
                        "gpt_broker_estimated_tokens_total",
                        "Tokens that the broker counted itself, because the provider did not tell",
                        "model",
                        model),
                meters.counter(
                        "gpt_broker_cost_nanodollars_total",
                        "What tokens have cost by the models' prices, in billionths of a US dollar",
                        "model",
                        model));
    }

    private Counter tokens(String model, String type) {
        return meters.counter(
                "gpt_broker_tokens_total",
                "Tokens of prompts (cached ones among them) and answers",
                "model",
                model,
                "type",
                type);
    }
}
