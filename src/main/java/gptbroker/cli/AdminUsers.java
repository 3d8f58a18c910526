package gptbroker.cli;

import static gptbroker.cli.AdminClient.encoded;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.UUID;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** The commands of {@code broker admin user} that are about accounts; a user is named by id or by username. */
abstract class AdminUsers extends AdminCommands.Group {
    private static final Pattern ID = Pattern.compile("\\p{XDigit}{8}(-\\p{XDigit}{4}){3}-\\p{XDigit}{12}");

    @Command(name = "list", description = "Print accounts, the newest first.", mixinStandardHelpOptions = true)
    int list(
            @Option(names = "--limit", defaultValue = "50", description = "At most (default: ${DEFAULT-VALUE}).")
                    int limit,
            @Option(names = "--before", description = "Only older ones than this id.") @Nullable UUID before) {
        String path = "/admin/accounts?limit=" + limit + (before == null ? "" : "&before=" + before);
        return admin.ask("GET", path, answer -> {
            AdminTable.rows(
                    admin.out(), answer.path("accounts"), "id", "username", "supabase", "created_at", "sessions");
            if (!answer.path("next").isNull()) {
                admin.out().println("more: --before " + answer.path("next").asText());
                admin.out().flush();
            }
        });
    }

    @Command(name = "show", description = "Print one account.", mixinStandardHelpOptions = true)
    int show(@Parameters(paramLabel = "USER") String user) {
        return admin.ask(client -> client.call("GET", "/admin/accounts/" + id(client, user)), admin::fields);
    }

    @Command(
            name = "create",
            description = "Make an account. Without a password one is made up, and printed this once.",
            mixinStandardHelpOptions = true)
    int create(
            @Parameters(paramLabel = "USERNAME") String username,
            @Parameters(
                            paramLabel = "PASSWORD",
                            arity = "0..1",
                            description = "Others on this machine can see it; better: --password-file.")
                    @Nullable
                    String password,
            @Option(names = "--password-file", paramLabel = "FILE", description = "A file that holds the password.")
                    @Nullable
                    Path file) {
        return admin.ask(
                client -> client.call(
                        "POST", "/admin/accounts", body(password, file).put("username", username)),
                admin::fields);
    }

    @Command(
            name = "reset",
            description = "Set an account's password and end its sessions. Without a password one is made up.",
            mixinStandardHelpOptions = true)
    int reset(
            @Parameters(paramLabel = "USER") String user,
            @Parameters(
                            paramLabel = "PASSWORD",
                            arity = "0..1",
                            description = "Others on this machine can see it; better: --password-file.")
                    @Nullable
                    String password,
            @Option(names = "--password-file", paramLabel = "FILE", description = "A file that holds the password.")
                    @Nullable
                    Path file) {
        return admin.ask(
                client ->
                        client.call("POST", "/admin/accounts/" + id(client, user) + "/password", body(password, file)),
                admin::fields);
    }

    @Command(
            name = "sessions",
            description = "Print an account's sessions, or end them.",
            mixinStandardHelpOptions = true)
    int sessions(
            @Parameters(paramLabel = "USER") String user,
            @Option(names = "--end", description = "End all of them, at once.") boolean end) {
        if (end) {
            return admin.ask(
                    client -> client.call("DELETE", "/admin/accounts/" + id(client, user) + "/sessions"),
                    admin::fields);
        }
        return admin.ask(
                client -> client.call("GET", "/admin/accounts/" + id(client, user) + "/sessions"),
                answer -> AdminTable.rows(admin.out(), answer.path("sessions"), "id", "created_at", "expires_at"));
    }

    @Command(
            name = "keys",
            description = "Print an account's API keys, make one, or revoke all.",
            mixinStandardHelpOptions = true)
    int keys(
            @Parameters(paramLabel = "USER") String user,
            @Option(names = "--new", description = "Make one; it is printed this once.") boolean make,
            @Option(names = "--revoke", description = "Revoke all of them, at once.") boolean revoke) {
        if (make && revoke) {
            return admin.fail(new AdminFailure(AdminFailure.USAGE, "either --new or --revoke"));
        }
        String method = make ? "POST" : revoke ? "DELETE" : "GET";
        return admin.ask(client -> client.call(method, "/admin/accounts/" + id(client, user) + "/keys"), answer -> {
            if (make || revoke) {
                admin.fields(answer);
            } else {
                AdminTable.rows(
                        admin.out(),
                        answer.path("keys"),
                        "id",
                        "prefix",
                        "name",
                        "created_at",
                        "last_used_at",
                        "revoked_at");
            }
        });
    }

    private static ObjectNode body(@Nullable String password, @Nullable Path file) throws AdminFailure {
        ObjectNode body = JsonNodeFactory.instance.objectNode();
        if (password != null && file != null) {
            throw new AdminFailure(AdminFailure.USAGE, "either PASSWORD or --password-file");
        }
        if (password != null) {
            return body.put("password", password);
        }
        try {
            return file == null
                    ? body
                    : body.put("password", Files.readString(file).strip());
        } catch (IOException e) {
            throw new AdminFailure(AdminFailure.USAGE, "the password file cannot be read: " + file);
        }
    }

    private static String id(AdminClient client, String user) throws AdminFailure {
        if (ID.matcher(user).matches()) {
            return user;
        }
        JsonNode found = client.call("GET", "/admin/accounts?username=" + encoded(user));
        if (found.path("accounts").isEmpty()) {
            throw new AdminFailure(AdminFailure.REFUSED, "no account is called " + user);
        }
        return found.path("accounts").path(0).path("id").asText();
    }
}
