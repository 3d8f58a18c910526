package gptbroker;

import gptbroker.cli.Version;
import gptbroker.config.BrokerConfig;
import gptbroker.store.Database;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** Brings the archive's schema up to date and ends. */
@Command(
        name = "migrate",
        description = "Apply the archive's migrations to DATABASE_URL and end.",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class)
final class MigrateCommand implements Callable<Integer> {
    @CommandLine.Spec
    private CommandLine.Model.CommandSpec spec;

    MigrateCommand() {}

    @Override
    public Integer call() throws Exception {
        BrokerConfig.Database config = Broker.environment().serve().database();
        var url = config.url()
                .orElseThrow(() -> new CommandLine.ParameterException(
                        spec.commandLine(), "DATABASE_URL is not set; expected the archive's address"));
        try (var database = new Database(url, 1, true)) {
            database.migrate();
        }
        System.out.println("The archive's schema is up to date.");
        return 0;
    }
}
