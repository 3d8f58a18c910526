package gptbroker;

import gptbroker.config.BrokerConfig;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ParentCommand;

/** Serves one tenant; what has no address configured, Redis or Postgres, runs embedded. */
@Command(name = "serve", description = "Serve (the default).", mixinStandardHelpOptions = true)
final class ServeCommand implements Callable<Integer> {
    @ParentCommand
    private Broker broker;

    ServeCommand() {}

    @Override
    public Integer call() throws Exception {
        BrokerConfig config = Broker.environment().serve();
        try (var stores = EmbeddedStores.start(config)) {
            Service.run(stores.config(), broker.shutdown(), (publicPort, internalPort) -> {});
        }
        return 0;
    }
}
