package gptbroker.cli;

import static gptbroker.cli.AdminClient.encoded;

import java.time.LocalDate;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** The groups of {@code broker admin}. */
final class AdminCommands {
    private AdminCommands() {}

    /** Shows its own usage when no command of it is named. */
    abstract static class Group implements Runnable {
        @ParentCommand
        AdminCommand admin;

        @Spec
        CommandSpec spec;

        @Override
        public void run() {
            spec.commandLine().usage(admin.out());
        }
    }

    @Command(name = "allowlist", description = "Callers that are exempt from the day.", mixinStandardHelpOptions = true)
    static final class Allowlist extends Group {
        Allowlist() {}

        @Command(name = "list", description = "Print who is listed.", mixinStandardHelpOptions = true)
        int list() {
            return admin.ask("GET", "/admin/allowlist", answer -> {
                answer.path("ids").forEach(id -> admin.out().println(id.asText()));
                admin.out().flush();
            });
        }

        @Command(name = "add", description = "List callers, at once.", mixinStandardHelpOptions = true)
        int add(@Parameters(paramLabel = "ID", arity = "1..*") List<String> ids) {
            return each("PUT", ids);
        }

        @Command(name = "remove", description = "Take callers off, at once.", mixinStandardHelpOptions = true)
        int remove(@Parameters(paramLabel = "ID", arity = "1..*") List<String> ids) {
            return each("DELETE", ids);
        }

        private int each(String method, List<String> ids) {
            for (String id : ids) {
                int code = admin.ask(method, "/admin/allowlist/" + encoded(id), admin::fields);
                if (code != 0) {
                    return code;
                }
            }
            return 0;
        }
    }

    @Command(name = "quota", description = "A caller's day.", mixinStandardHelpOptions = true)
    static final class Quota extends Group {
        Quota() {}

        @Command(name = "show", description = "Print what is used today.", mixinStandardHelpOptions = true)
        int show(@Parameters(paramLabel = "ID") String id) {
            return admin.ask("GET", path(id), admin::fields);
        }

        @Command(
                name = "reset",
                description = "Set today's counters back to the calls under way.",
                mixinStandardHelpOptions = true)
        int reset(@Parameters(paramLabel = "ID") String id) {
            return admin.ask("DELETE", path(id), admin::fields);
        }

        private static String path(String id) {
            return "/admin/users/" + encoded(id) + "/quota";
        }
    }

    @Command(name = "user", description = "Users, their accounts and their rows.", mixinStandardHelpOptions = true)
    static final class User extends AdminUsers {
        User() {}

        @Command(
                name = "usage",
                description = "Print calls, units, tokens and cost by day.",
                mixinStandardHelpOptions = true)
        int usage(
                @Parameters(paramLabel = "USER") UUID user,
                @Option(names = "--days", defaultValue = "30", description = "How many (default: ${DEFAULT-VALUE}).")
                        int days) {
            return admin.ask("GET", "/admin/users/" + user + "/usage?days=" + days, days(admin));
        }

        @Command(name = "history", description = "Print exchanges, the newest first.", mixinStandardHelpOptions = true)
        int history(
                @Parameters(paramLabel = "USER") UUID user,
                @Option(names = "--limit", defaultValue = "50", description = "At most (default: ${DEFAULT-VALUE}).")
                        int limit,
                @Option(names = "--before", description = "Only older ones than this id.") @Nullable UUID before) {
            String path = "/admin/users/" + user + "/history?limit=" + limit + parameter("before", before);
            return admin.ask("GET", path, exchanges(admin));
        }

        @Command(
                name = "erase",
                description = "Erase what the user asked and was answered until now, for good.",
                mixinStandardHelpOptions = true)
        int erase(
                @Parameters(paramLabel = "USER") UUID user,
                @Option(names = "--yes", description = "Really.") boolean yes) {
            if (!yes) {
                return admin.fail(new AdminFailure(
                        AdminFailure.USAGE, "this cannot be undone; repeat it with --yes to erase " + user));
            }
            return admin.ask("DELETE", "/admin/users/" + user + "/data", admin::fields);
        }
    }

    @Command(name = "archive", description = "Everybody's rows.", mixinStandardHelpOptions = true)
    static final class Archive extends Group {
        Archive() {}

        @Command(name = "search", description = "Print exchanges, the newest first.", mixinStandardHelpOptions = true)
        int search(
                @Option(names = "--user", description = "One user's.") @Nullable UUID user,
                @Option(names = "--project", description = "One project's, by id.") @Nullable UUID project,
                @Option(names = "--day", description = "Admitted on this UTC day, as 2026-11-20.") @Nullable
                        LocalDate day,
                @Option(names = "--status", description = "Ended so: done, error, interrupted, …") @Nullable
                        String status,
                @Option(names = "--limit", defaultValue = "50", description = "At most (default: ${DEFAULT-VALUE}).")
                        int limit,
                @Option(names = "--before", description = "Only older ones than this id.") @Nullable UUID before) {
            String path = "/admin/archive?limit=" + limit + parameter("user", user)
                    + parameter("project", project) + parameter("day", day)
                    + parameter("status", status) + parameter("before", before);
            return admin.ask("GET", path, exchanges(admin));
        }

        @Command(
                name = "dead",
                description = "Print entries that could not be stored.",
                mixinStandardHelpOptions = true)
        int dead(
                @Option(names = "--limit", defaultValue = "50", description = "At most (default: ${DEFAULT-VALUE}).")
                        int limit) {
            return admin.ask("GET", "/admin/dead?limit=" + limit, answer -> {
                AdminTable.rows(
                        admin.out(),
                        answer.path("entries"),
                        "parked_at",
                        "stream",
                        "entry_id",
                        "exchange_id",
                        "reason",
                        "bytes");
                say(admin, answer.path("count").asText() + " in all");
            });
        }
    }

    @Command(name = "cache", description = "Answers that are given again.", mixinStandardHelpOptions = true)
    static final class Cache extends Group {
        Cache() {}

        @Command(name = "clear", description = "Drop them all.", mixinStandardHelpOptions = true)
        int clear() {
            return admin.ask("DELETE", "/cache", admin::fields);
        }

        @Command(name = "stats", description = "Print size, hits and misses.", mixinStandardHelpOptions = true)
        int stats() {
            return admin.ask("GET", "/stats", answer -> admin.fields(answer.path("cache")));
        }
    }

    @Command(name = "jwks", description = "Supabase's signing keys.", mixinStandardHelpOptions = true)
    static final class Jwks extends Group {
        Jwks() {}

        @Command(name = "purge", description = "Forget them and fetch them anew.", mixinStandardHelpOptions = true)
        int purge() {
            return admin.ask("DELETE", "/admin/jwks", admin::fields);
        }
    }

    /** A page of objects under this name, and how to get the next one. */
    static AdminCommand.View page(AdminCommand admin, String name, String... fields) {
        return answer -> {
            AdminTable.rows(admin.out(), answer.path(name), fields);
            if (!answer.path("next").isNull()) {
                say(admin, "more: --before " + answer.path("next").asText());
            }
        };
    }

    static String parameter(String name, @Nullable Object value) {
        return value == null ? "" : "&" + name + "=" + encoded(value.toString());
    }

    /** A user's usage, or a project's. */
    static AdminCommand.View days(AdminCommand admin) {
        return usage -> AdminTable.rows(
                admin.out(),
                usage.path("days"),
                "day",
                "calls",
                "units",
                "prompt_tokens",
                "completion_tokens",
                "calls_without_tokens",
                "cost_usd",
                "calls_without_cost");
    }

    private static AdminCommand.View exchanges(AdminCommand admin) {
        return page(
                admin,
                "exchanges",
                "id",
                "asked_at",
                "user_id",
                "endpoint",
                "status",
                "units",
                "prompt_tokens",
                "completion_tokens",
                "input");
    }

    private static void say(AdminCommand admin, String text) {
        admin.out().println(text);
        admin.out().flush();
    }
}
