package gptbroker;

import gptbroker.cli.Version;
import gptbroker.config.BrokerConfig;
import gptbroker.config.Env;
import gptbroker.config.Role;
import gptbroker.dev.DevStack;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.ParentCommand;

/**
 * Serves one tenant; what has no address configured, Redis or Postgres, runs embedded. In the role {@code inference} it
 * serves other brokers instead, and needs neither.
 */
@Command(
        name = "serve",
        description = "Serve (the default).",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class)
final class ServeCommand implements Callable<Integer> {
    @ParentCommand
    private Broker broker;

    @Mixin
    private RoleOption role;

    ServeCommand() {}

    @Override
    public Integer call() throws Exception {
        Env env = Broker.environment(role.role());
        if (role.role() == Role.INFERENCE) {
            Service.run(env.inference(), broker.shutdown());
            return 0;
        }
        BrokerConfig config = Checked.config(env, env::serve);
        var missing = new DevStack.Wanted(
                config.redis().url().isEmpty(), config.database().url().isEmpty(), false, false);
        if (missing.redis() || missing.postgres()) {
            try (var stores = DevStack.start(config.dev(), missing)) {
                serve(env.withDefaults(stores.environment()).serve());
            }
        } else {
            serve(config);
        }
        return 0;
    }

    private void serve(BrokerConfig config) throws Exception {
        Service.run(config, broker.shutdown(), parts -> {});
    }
}
