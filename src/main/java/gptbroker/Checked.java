package gptbroker;

import gptbroker.config.BrokerConfig;
import gptbroker.config.ConfigException;
import gptbroker.config.Env;
import gptbroker.declare.PromptsFile;
import gptbroker.models.Models;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/** The configuration with all that it leads to: the mistakes of the variables and of the files they name, at once. */
final class Checked {
    private Checked() {}

    /**
     * The configuration.
     *
     * @param reading {@link Env#serve} or {@link Env#dev}
     * @throws ConfigException with every mistake
     */
    static BrokerConfig config(Env env, Supplier<BrokerConfig> reading) {
        List<String> mistakes = new ArrayList<>();
        Optional<BrokerConfig> config = Optional.empty();
        try {
            config = Optional.of(reading.get());
        } catch (ConfigException wrong) {
            mistakes.addAll(wrong.mistakes());
        }
        try {
            env.promptsFile().ifPresent(PromptsFile::read);
        } catch (ConfigException wrong) {
            mistakes.addAll(wrong.mistakes());
        }
        try {
            Models.read(env.modelsFile());
        } catch (ConfigException wrong) {
            mistakes.addAll(wrong.mistakes());
        }
        return config.filter(read -> mistakes.isEmpty()).orElseThrow(() -> new ConfigException(mistakes));
    }
}
