package gptbroker;

import gptbroker.cli.Version;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.ParentCommand;

/** {@link Serve} on the command line. */
@Command(
        name = "serve",
        description = "Serve (the default).",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class)
final class ServeCommand implements Callable<Integer> {
    @ParentCommand
    private BrokerCommand broker;

    @Mixin
    private RoleOption role;

    ServeCommand() {}

    @Override
    public Integer call() throws Exception {
        Serve.run(role.role(), broker.shutdown());
        return 0;
    }
}
