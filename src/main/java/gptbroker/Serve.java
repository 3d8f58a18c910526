package gptbroker;

import gptbroker.config.BrokerConfig;
import gptbroker.config.Env;
import gptbroker.config.Role;
import gptbroker.dev.DevStack;
import gptbroker.ops.Meters;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Serves one tenant; what has no address configured, Redis or Postgres, runs embedded. In the role {@code inference} it
 * serves other brokers instead, and needs neither.
 */
final class Serve {
    /** How images, manifests and scripts spell it. */
    private static final Map<List<String>, Role> SPELLED = Map.of(
            List.of(), Role.GATEWAY,
            List.of("serve"), Role.GATEWAY,
            List.of("serve", "--role", Role.INFERENCE.word()), Role.INFERENCE);

    private Serve() {}

    /** The role that a command line plainly asks for; null when it has to be parsed. */
    static @Nullable Role asked(String... args) {
        return SPELLED.get(List.of(args));
    }

    /** Serves until the process is asked to end. */
    static void run(Role role, Shutdown shutdown) throws Exception {
        Early.begin(Meters::new); // the first makes its library ready, which takes as long as all that is read here
        Env env = Broker.environment(role);
        if (role == Role.INFERENCE) {
            Service.run(env.inference(), shutdown);
            return;
        }
        BrokerConfig config = Checked.config(env, env::serve);
        var missing = new DevStack.Wanted(
                config.redis().url().isEmpty(), config.database().url().isEmpty(), false, false);
        if (missing.redis() || missing.postgres()) {
            try (var stores = DevStack.start(config.dev(), missing)) {
                Service.run(env.withDefaults(stores.environment()).serve(), shutdown, parts -> {});
            }
        } else {
            Service.run(config, shutdown, parts -> {});
        }
    }
}
