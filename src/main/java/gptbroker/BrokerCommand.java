package gptbroker;

import gptbroker.cli.AdminCommand;
import gptbroker.cli.Version;
import java.io.PrintWriter;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** The command line: all commands, {@code serve} when none is named. */
@Command(
        name = "broker",
        description = "Stands between a Supabase frontend and a language model.",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        synopsisSubcommandLabel = "[COMMAND]",
        subcommands = {
            ServeCommand.class,
            DevCommand.class,
            ConfigCommand.class,
            MigrateCommand.class,
            AdminCommand.class,
            CompletionCommand.class,
            CommandLine.HelpCommand.class
        })
final class BrokerCommand implements Runnable {
    @CommandLine.Spec
    private CommandLine.Model.CommandSpec spec;

    private final Shutdown shutdown;

    private BrokerCommand(Shutdown shutdown) {
        this.shutdown = shutdown;
    }

    /** Runs a command; returns its exit code. */
    static int run(Shutdown shutdown, String... args) {
        return run(shutdown, new PrintWriter(System.out, true), new PrintWriter(System.err, true), args);
    }

    /** Runs a command that prints where it is told to. */
    static int run(Shutdown shutdown, PrintWriter out, PrintWriter err, String... args) {
        return new CommandLine(new BrokerCommand(shutdown))
                .setOut(out)
                .setErr(err)
                .setExecutionExceptionHandler((failure, command, parsed) -> Broker.explain(failure))
                .execute(args.length == 0 ? new String[] {"serve"} : args);
    }

    /** How this process is asked to end. */
    Shutdown shutdown() {
        return shutdown;
    }

    @Override
    public void run() {
        spec.commandLine().usage(System.out);
    }
}
