package gptbroker.probe;

import gptbroker.probe.check.CheckCommand;
import gptbroker.probe.load.LoadCommand;
import gptbroker.probe.tenant.ConfigurationError;
import java.io.PrintWriter;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/**
 * Tests a GPT Broker from outside. Exits 0 when all is well, 1 when a check or a request failed, 2 when it was called or
 * configured wrongly.
 */
@Command(
        name = "test-broker",
        mixinStandardHelpOptions = true,
        version = "test-broker 0.1.0",
        description = "Checks (default) or loads a GPT Broker from outside.",
        subcommands = {CheckCommand.class, LoadCommand.class})
public final class TestBroker implements Runnable {
    /** What is said instead of running {@code check}. */
    private static final Set<String> NOT_CHECK = Set.of("check", "load", "-h", "--help", "-V", "--version");

    @Spec
    private CommandSpec spec = CommandSpec.create();

    /** Runs a command and exits with its code. */
    public static void main(String[] args) {
        PrintWriter out = new PrintWriter(System.out, true);
        System.exit(run(out, new PrintWriter(System.err, true), args));
    }

    /** Runs a command and returns its exit code. */
    static int run(PrintWriter out, PrintWriter err, String... args) {
        return new CommandLine(new TestBroker())
                .setOut(out)
                .setErr(err)
                .setParameterExceptionHandler(TestBroker::explain)
                .setExecutionExceptionHandler(TestBroker::explain)
                .execute(withDefault(args));
    }

    @Override
    public void run() {
        spec.commandLine().usage(spec.commandLine().getOut());
    }

    private static String[] withDefault(String... args) {
        if (args.length > 0 && NOT_CHECK.contains(args[0])) {
            return args;
        }
        return Stream.concat(Stream.of("check"), List.of(args).stream()).toArray(String[]::new);
    }

    private static int explain(ParameterException problem, String... args) {
        problem.getCommandLine().getErr().println("test-broker: " + problem.getMessage());
        return CommandLine.ExitCode.USAGE;
    }

    private static int explain(Exception problem, CommandLine command, CommandLine.ParseResult parsed)
            throws Exception {
        if (problem instanceof ConfigurationError) {
            command.getErr().println("test-broker: " + problem.getMessage());
            return CommandLine.ExitCode.USAGE;
        }
        throw problem;
    }
}
