package gptbroker.cli;

import com.fasterxml.jackson.databind.JsonNode;
import gptbroker.config.Env;
import gptbroker.config.Secret;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ScopeType;

/** Asks a running broker, through its admin API. */
@Command(
        name = "admin",
        description = "Look into a running broker, and change it.",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        subcommands = {
            AdminCommands.Allowlist.class,
            AdminCommands.Quota.class,
            AdminCommands.User.class,
            AdminCommands.Archive.class,
            AdminCommands.Cache.class,
            ChatCommands.Chat.class,
            ChatCommands.Message.class,
            EventCommand.class,
            AdminCommands.Jwks.class,
            AdminProjects.Project.class,
            AdminProjects.Key.class
        },
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {
            "0:done",
            "1:the broker refused or failed",
            "2:wrong command line, or no key",
            "3:no broker can be reached"
        })
public final class AdminCommand implements Runnable {
    @CommandLine.Spec
    private CommandLine.Model.CommandSpec spec;

    @Option(
            names = "--url",
            paramLabel = "URL",
            defaultValue = "http://127.0.0.1:9464",
            scope = ScopeType.INHERIT,
            description = "The broker's internal or public address (default: ${DEFAULT-VALUE}).")
    private String url;

    @Option(
            names = "--key",
            paramLabel = "KEY",
            scope = ScopeType.INHERIT,
            description =
                    "The admin key; others on this machine can see it. Better: ADMIN_KEY, ADMIN_KEY_FILE or .env.")
    private @Nullable String key;

    @Option(
            names = "--key-file",
            paramLabel = "FILE",
            scope = ScopeType.INHERIT,
            description = "A file that holds the admin key.")
    private @Nullable Path keyFile;

    @Option(names = "--json", scope = ScopeType.INHERIT, description = "Print the broker's JSON instead of a table.")
    private boolean json;

    /** For picocli. */
    public AdminCommand() {}

    @Override
    public void run() {
        spec.commandLine().usage(out());
    }

    /** What waits in this broker. */
    @Command(name = "status", description = "What waits for Redis and Postgres.", mixinStandardHelpOptions = true)
    int status() {
        return ask("GET", "/admin/status", this::fields);
    }

    /** How an answer is shown to people. */
    @FunctionalInterface
    interface View {
        void show(JsonNode answer);
    }

    /** What is asked of a broker. */
    @FunctionalInterface
    interface Question {
        JsonNode ask(AdminClient client) throws AdminFailure;
    }

    /** Asks, shows the answer, and returns the exit code. */
    int ask(String method, String path, View view) {
        return ask(client -> client.call(method, path), view);
    }

    /** The same of whatever takes more than one request, or a body. */
    int ask(Question question, View view) {
        return with(client -> {
            JsonNode answer = question.ask(client);
            if (json) {
                out().println(answer.toPrettyString());
                out().flush();
            } else {
                view.show(answer);
            }
        });
    }

    /** What is done with a broker. */
    @FunctionalInterface
    interface Work {
        void run(AdminClient client) throws AdminFailure;
    }

    /** Does it, and returns the exit code. */
    int with(Work work) {
        try (var client = new AdminClient(url, credential())) {
            work.run(client);
            return 0;
        } catch (AdminFailure failure) {
            return fail(failure);
        }
    }

    /** Whether JSON is wanted in place of tables. */
    boolean wantsJson() {
        return json;
    }

    /** Says why not. */
    int fail(AdminFailure failure) {
        warn(failure.getMessage());
        return failure.exitCode();
    }

    /** Says something beside what is asked for. */
    void warn(String text) {
        PrintWriter err = spec.commandLine().getErr();
        err.println("broker: " + text);
        err.flush();
    }

    void fields(JsonNode answer) {
        AdminTable.fields(out(), answer);
    }

    PrintWriter out() {
        return spec.commandLine().getOut();
    }

    private Secret credential() throws AdminFailure {
        Optional<Secret> given = Optional.ofNullable(key).map(Secret::new);
        if (given.isEmpty() && keyFile != null) {
            given = Optional.of(new Secret(read(keyFile)));
        }
        return given.or(() -> Env.ofProcess().adminKey())
                .orElseThrow(() ->
                        new AdminFailure(AdminFailure.USAGE, "no admin key; expected ADMIN_KEY, --key-file or --key"));
    }

    private static String read(Path file) throws AdminFailure {
        try {
            return Files.readString(file).strip();
        } catch (IOException e) {
            throw new AdminFailure(AdminFailure.USAGE, "the key file cannot be read: " + file);
        }
    }
}
