package gptbroker.config;

import java.util.Optional;

/**
 * The configuration of {@code serve --role inference}, immutable.
 *
 * @param name {@code TENANT}, for logs
 * @param upstream the provider and its key
 * @param token {@code INFERENCE_TOKEN}: what gateways show; empty only where the listener is private
 * @param model {@code MODEL_NAME}: the only model served; empty: any
 * @param adminKey {@code ADMIN_KEY}: opens the operator's routes on the public listener
 */
public record InferenceConfig(
        String name,
        BrokerConfig.Listen listen,
        BrokerConfig.Upstream upstream,
        Optional<Secret> token,
        Optional<String> model,
        Optional<Secret> adminKey) {}
