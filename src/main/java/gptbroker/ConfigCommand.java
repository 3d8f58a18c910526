package gptbroker;

import gptbroker.config.Env;
import gptbroker.config.Role;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;

/** About the configuration, without starting anything. */
@Command(
        name = "config",
        description = "Look at the configuration.",
        mixinStandardHelpOptions = true,
        subcommands = {ConfigCommand.Check.class, ConfigCommand.Example.class})
final class ConfigCommand implements Runnable {
    @picocli.CommandLine.Spec
    private picocli.CommandLine.Model.CommandSpec spec;

    ConfigCommand() {}

    @Override
    public void run() {
        spec.commandLine().usage(System.out);
    }

    @Command(
            name = "check",
            description = "Report every mistake (exit code 2), or print the effective values with secrets masked.",
            mixinStandardHelpOptions = true)
    static final class Check implements Callable<Integer> {
        @picocli.CommandLine.Mixin
        private RoleOption role;

        Check() {}

        @Override
        public Integer call() {
            Env env = Broker.environment(role.role());
            if (role.role() == Role.INFERENCE) {
                env.inference();
            } else {
                Checked.config(env, env::serve);
            }
            System.out.print(env.describe(role.role()));
            return 0;
        }
    }

    @Command(
            name = "example",
            description = "Print env/example.env: every variable with its meaning and default.",
            mixinStandardHelpOptions = true)
    static final class Example implements Callable<Integer> {
        Example() {}

        @Override
        public Integer call() {
            System.out.print(Env.example());
            return 0;
        }
    }
}
