package gptbroker;

import gptbroker.cli.Version;
import picocli.AutoComplete;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** Lets a shell complete commands and options. */
@Command(
        name = "completion",
        description = "Print a completion script: source <(broker completion), in bash or zsh.",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class)
final class CompletionCommand implements Runnable {
    @Spec
    private CommandSpec spec;

    CompletionCommand() {}

    @Override
    public void run() {
        var out = spec.commandLine().getOut();
        out.print(AutoComplete.bash("broker", spec.root().commandLine()));
        out.flush();
    }
}
