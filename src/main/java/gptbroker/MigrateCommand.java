package gptbroker;

import gptbroker.config.BrokerConfig;
import gptbroker.store.Database;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;

/** Brings the archive's schema up to date and ends. */
@Command(
        name = "migrate",
        description = "Apply the archive's migrations to DATABASE_URL and end.",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class)
final class MigrateCommand implements Callable<Integer> {
    MigrateCommand() {}

    @Override
    public Integer call() throws Exception {
        BrokerConfig.Database config = Broker.environment().serve().database();
        var url = config.url().orElseThrow(() -> new IllegalArgumentException("DATABASE_URL is not set"));
        try (var database = new Database(url, 1, true)) {
            database.migrate();
        }
        System.out.println("The archive's schema is up to date.");
        return 0;
    }
}
