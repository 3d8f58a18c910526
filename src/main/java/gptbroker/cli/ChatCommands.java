package gptbroker.cli;

import static gptbroker.cli.AdminClient.encoded;

import java.util.UUID;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** The groups of {@code broker admin} over chats. */
final class ChatCommands {
    private ChatCommands() {}

    @Command(name = "chat", description = "Whosever chat.", mixinStandardHelpOptions = true)
    static final class Chat extends AdminCommands.Group {
        Chat() {}

        @Command(name = "show", description = "Print a chat.", mixinStandardHelpOptions = true)
        int show(@Parameters(paramLabel = "CHAT") String id) {
            return admin.ask("GET", "/admin/chats/" + encoded(id), admin::fields);
        }

        @Command(
                name = "users",
                description = "Print who has a seat in a chat, or had one.",
                mixinStandardHelpOptions = true)
        int users(@Parameters(paramLabel = "CHAT") String id) {
            return admin.ask(
                    "GET",
                    "/admin/chats/" + encoded(id) + "/users",
                    answer -> AdminTable.rows(
                            admin.out(),
                            answer.path("users"),
                            "id",
                            "username",
                            "first_name",
                            "last_name",
                            "DeletedAt"));
        }

        @Command(
                name = "messages",
                description = "Print the newest messages, the oldest of them first.",
                mixinStandardHelpOptions = true)
        int messages(
                @Parameters(paramLabel = "CHAT") String id,
                @Option(names = "--limit", defaultValue = "50", description = "At most (default: ${DEFAULT-VALUE}).")
                        int limit,
                @Option(names = "--before", description = "Only older ones than this id.") @Nullable UUID before) {
            String path = "/admin/chats/" + encoded(id) + "/messages?limit=" + limit
                    + AdminCommands.parameter("before", before);
            return admin.ask(
                    "GET",
                    path,
                    AdminCommands.page(admin, "messages", "id", "CreatedAt", "user_id", "otr", "prompt", "reply"));
        }
    }

    @Command(name = "message", description = "One message of a chat.", mixinStandardHelpOptions = true)
    static final class Message extends AdminCommands.Group {
        Message() {}

        @Command(name = "delete", description = "Delete it; no turn remembers it.", mixinStandardHelpOptions = true)
        int delete(@Parameters(paramLabel = "MESSAGE") UUID id) {
            return admin.ask("DELETE", "/admin/messages/" + id, admin::fields);
        }
    }
}
