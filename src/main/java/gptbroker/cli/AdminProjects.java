package gptbroker.cli;

import static gptbroker.cli.AdminClient.encoded;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import gptbroker.cli.AdminCommands.Group;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code broker admin project} and {@code broker admin key}. */
final class AdminProjects {
    private AdminProjects() {}

    /** Limits of its own; 0 suspends, {@code tier} goes back to the tier's. */
    static final class Limits {
        private static final String TIER = "tier";

        @Option(names = "--daily-requests", paramLabel = "N", description = "Requests a day.")
        private @Nullable String dailyRequests;

        @Option(names = "--rate", paramLabel = "N", description = "Requests a minute.")
        private @Nullable String rate;

        @Option(names = "--concurrency", paramLabel = "N", description = "Calls at once.")
        private @Nullable String concurrency;

        @Option(names = "--daily-tokens", paramLabel = "N", description = "Tokens a day.")
        private @Nullable String dailyTokens;

        @Option(
                names = "--daily-cost",
                paramLabel = "USD",
                description = "US dollars a day. Of any of these: 0 suspends, \"tier\" is as the tier says.")
        private @Nullable String dailyCost;

        Limits() {}

        /** Adds the limits that were named to a body. */
        void into(ObjectNode body) throws AdminFailure {
            ObjectNode limits = JsonNodeFactory.instance.objectNode();
            put(limits, "daily_requests", dailyRequests);
            put(limits, "rate_per_minute", rate);
            put(limits, "concurrency", concurrency);
            put(limits, "daily_tokens", dailyTokens);
            put(limits, "daily_cost_usd", dailyCost);
            if (!limits.isEmpty()) {
                body.set("limits", limits);
            }
        }

        private static void put(ObjectNode limits, String name, @Nullable String value) throws AdminFailure {
            if (value == null) {
                return;
            }
            if (value.equals(TIER)) {
                limits.putNull(name);
                return;
            }
            try {
                BigDecimal number = new BigDecimal(value);
                limits.put(name, number);
            } catch (NumberFormatException e) {
                throw new AdminFailure(AdminFailure.USAGE, "not a number: " + value);
            }
        }
    }

    /** What a project asks with. */
    static final class Settings {
        @Option(names = "--name", paramLabel = "TEXT", description = "For people.")
        private @Nullable String name;

        @Option(names = "--model", paramLabel = "MODEL", description = "The model that /query asks.")
        private @Nullable String model;

        @Option(names = "--system-prompt", paramLabel = "TEXT", description = "May have {{variables}}; \"\" clears it.")
        private @Nullable String systemPrompt;

        @Option(names = "--system-prompt-file", paramLabel = "FILE", description = "The same out of a file.")
        private @Nullable Path systemPromptFile;

        @Option(names = "--temperature", paramLabel = "0..2", description = "The provider's own without it.")
        private @Nullable BigDecimal temperature;

        @Option(names = "--max-tokens", paramLabel = "N", description = "Bound of an answer.")
        private @Nullable Integer maxTokens;

        @Mixin
        private Limits limits = new Limits();

        Settings() {}

        ObjectNode body() throws AdminFailure {
            ObjectNode body = JsonNodeFactory.instance.objectNode();
            put(body, "name", name == null ? null : body.textNode(name));
            put(body, "model", model == null ? null : body.textNode(model));
            String prompt = systemPromptFile == null ? systemPrompt : read(systemPromptFile);
            put(
                    body,
                    "system_prompt",
                    prompt == null ? null : prompt.isEmpty() ? body.nullNode() : body.textNode(prompt));
            put(body, "temperature", temperature == null ? null : body.numberNode(temperature));
            put(body, "max_tokens", maxTokens == null ? null : body.numberNode(maxTokens));
            limits.into(body);
            return body;
        }

        private static void put(ObjectNode body, String field, @Nullable JsonNode value) {
            if (value != null) {
                body.set(field, value);
            }
        }

        private static String read(Path file) throws AdminFailure {
            try {
                return Files.readString(file);
            } catch (IOException e) {
                throw new AdminFailure(AdminFailure.USAGE, "the file cannot be read: " + file);
            }
        }
    }

    @Command(name = "project", description = "Backend projects.", mixinStandardHelpOptions = true)
    static final class Project extends Group {
        private static final String ALL = "/admin/projects";

        Project() {}

        @Command(name = "list", description = "Print the projects.", mixinStandardHelpOptions = true)
        int list() {
            return admin.ask(
                    "GET",
                    ALL,
                    answer -> AdminTable.rows(
                            admin.out(), answer.path("projects"), "slug", "id", "name", "model", "created_at"));
        }

        @Command(name = "create", description = "Add a project.", mixinStandardHelpOptions = true)
        int create(@Parameters(paramLabel = "SLUG") String slug, @Mixin Settings settings) {
            return send("POST", ALL, settings, Optional.of(slug));
        }

        @Command(name = "show", description = "Print a project.", mixinStandardHelpOptions = true)
        int show(@Parameters(paramLabel = "PROJECT") String project) {
            return admin.ask("GET", path(project), admin::fields);
        }

        @Command(
                name = "usage",
                description = "Print calls, units, tokens and cost of all its keys by day.",
                mixinStandardHelpOptions = true)
        int usage(
                @Parameters(paramLabel = "PROJECT") String project,
                @Option(names = "--days", defaultValue = "30", description = "How many (default: ${DEFAULT-VALUE}).")
                        int days) {
            return admin.ask("GET", path(project) + "/usage?days=" + days, AdminCommands.days(admin));
        }

        @Command(
                name = "change",
                description = "Change what is named; holds for the next call.",
                mixinStandardHelpOptions = true)
        int change(@Parameters(paramLabel = "PROJECT") String project, @Mixin Settings settings) {
            return send("PATCH", path(project), settings, Optional.empty());
        }

        private int send(String method, String path, Settings settings, Optional<String> slug) {
            try {
                ObjectNode body = settings.body();
                slug.ifPresent(name -> body.put("slug", name));
                return admin.ask(client -> client.call(method, path, body), admin::fields);
            } catch (AdminFailure failure) {
                return admin.fail(failure);
            }
        }

        static String path(String project) {
            return ALL + "/" + encoded(project);
        }
    }

    @Command(name = "key", description = "API keys of projects.", mixinStandardHelpOptions = true)
    static final class Key extends Group {
        Key() {}

        @Command(name = "list", description = "Print a project's keys.", mixinStandardHelpOptions = true)
        int list(@Parameters(paramLabel = "PROJECT") String project) {
            return admin.ask(
                    "GET",
                    Project.path(project) + "/keys",
                    answer -> AdminTable.rows(
                            admin.out(),
                            answer.path("keys"),
                            "id",
                            "prefix",
                            "name",
                            "created_at",
                            "last_used_at",
                            "revoked_at"));
        }

        @Command(
                name = "create",
                description = "Make a key and print it, this once. With limits of its own it is counted by itself.",
                mixinStandardHelpOptions = true)
        int create(
                @Parameters(paramLabel = "PROJECT") String project,
                @Option(names = "--name", paramLabel = "TEXT", description = "For people.") @Nullable String name,
                @Mixin Limits limits) {
            try {
                ObjectNode body = JsonNodeFactory.instance.objectNode();
                if (name != null) {
                    body.put("name", name);
                }
                limits.into(body);
                return admin.ask(client -> client.call("POST", Project.path(project) + "/keys", body), this::tell);
            } catch (AdminFailure failure) {
                return admin.fail(failure);
            }
        }

        @Command(
                name = "rotate",
                description = "Give a key a new text and print it, this once; the old one ends at once.",
                mixinStandardHelpOptions = true)
        int rotate(@Parameters(paramLabel = "KEY-ID") UUID key) {
            return admin.ask("POST", "/admin/keys/" + key + "/rotate", this::tell);
        }

        @Command(name = "revoke", description = "End keys, at once.", mixinStandardHelpOptions = true)
        int revoke(@Parameters(paramLabel = "KEY-ID", arity = "1..*") List<UUID> keys) {
            for (UUID key : keys) {
                int code = admin.ask("DELETE", "/admin/keys/" + key, this::tell);
                if (code != 0) {
                    return code;
                }
            }
            return 0;
        }

        private void tell(JsonNode answer) {
            AdminTable.fields(admin.out(), answer);
            if (!answer.path("everywhere").asBoolean(true)) {
                admin.out().println("Redis could not be told: a broker that reaches it again knows within 30 s.");
                admin.out().flush();
            }
        }
    }
}
