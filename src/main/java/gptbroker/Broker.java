package gptbroker;

import gptbroker.cli.AdminCommand;
import gptbroker.cli.Version;
import gptbroker.config.ConfigException;
import gptbroker.config.Env;
import gptbroker.config.Role;
import java.io.PrintWriter;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;

/**
 * Entry point: {@code serve} when no command is named.
 *
 * <p>Exit codes: 0 ended as asked, 1 failed at run time, 2 wrong configuration or command line; {@code admin} adds 3, no
 * broker can be reached.
 */
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
public final class Broker implements Runnable {
    @CommandLine.Spec
    private CommandLine.Model.CommandSpec spec;

    private final Shutdown shutdown;

    private Broker(Shutdown shutdown) {
        this.shutdown = shutdown;
    }

    /** Runs a command and exits with its code. */
    public static void main(String[] args) {
        var shutdown = new Shutdown();
        shutdown.install();
        int code = ExitCode.SOFTWARE;
        try {
            code = run(shutdown, args);
        } catch (Error e) {
            // Without an exit the hook would wait in vain for an end that has been.
            e.printStackTrace();
        }
        shutdown.exit(code);
    }

    /** Runs a command; for tests. */
    static int run(Shutdown shutdown, String... args) {
        return run(shutdown, new PrintWriter(System.out, true), new PrintWriter(System.err, true), args);
    }

    /** Runs a command that prints where it is told to. */
    static int run(Shutdown shutdown, PrintWriter out, PrintWriter err, String... args) {
        return new CommandLine(new Broker(shutdown))
                .setOut(out)
                .setErr(err)
                .setExecutionExceptionHandler(Broker::explain)
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

    /** A mistake of the operator is told in words, without a stack trace. */
    private static int explain(Exception failure, CommandLine command, CommandLine.ParseResult parsed) {
        if (failure instanceof ConfigException mistakes) {
            System.err.println(mistakes.getMessage());
            return ExitCode.USAGE;
        }
        System.err.println("broker: " + (failure.getMessage() == null ? failure : failure.getMessage()));
        return ExitCode.SOFTWARE;
    }

    /** The environment of this process; warnings go to standard error. */
    static Env environment() {
        Env env = Env.ofProcess();
        env.warnings().forEach(warning -> System.err.println("warning: " + warning));
        return env;
    }

    /** The same, of a process of this role. */
    static Env environment(Role role) {
        Env env = environment();
        env.warnings(role).forEach(warning -> System.err.println("warning: " + warning));
        return env.inRole(role);
    }
}
