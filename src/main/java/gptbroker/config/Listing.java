package gptbroker.config;

import java.net.URI;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.stream.Stream;

/** The table of variables, written for people. */
final class Listing {
    private static final String HEAD = """
            # Every variable of GPT Broker, with its default. Copy this file to .env (or .env.<tenant>) and fill in what
            # you need; a line that starts with # leaves the default. The real environment wins over the file.
            #
            # NAME_FILE instead of NAME takes the value from a file, for mounted secrets. A value with # needs quotes.
            # Times have units: 500ms, 30s, 5m, 6h, 1d. `broker config check` prints what is in force.
            """;

    private Listing() {}

    /** The text of {@code env/example.env}. */
    static String example() {
        var text = new StringBuilder(HEAD);
        grouped(text, variable -> true, variable -> {
            text.append("\n# ").append(variable.meaning()).append('\n');
            if (!variable.aliases().isEmpty()) {
                text.append("# Older names: ")
                        .append(String.join(", ", variable.aliases()))
                        .append(".\n");
            }
            var off = variable == Variable.SUPABASE_URL || variable == Variable.OPENAI_API_KEY ? "" : "#";
            text.append(off)
                    .append(variable.name())
                    .append('=')
                    .append(variable.fallback())
                    .append('\n');
        });
        return text.toString();
    }

    /** What is in force in a role, and the names it was set by; secrets masked. */
    static String effective(Map<Variable, Source> sources, Role role) {
        var text = new StringBuilder();
        grouped(text, role::reads, variable -> {
            var source = sources.get(variable);
            text.append(variable.name()).append('=');
            if (source == null) {
                text.append(variable.fallback()).append("  # default\n");
            } else {
                text.append(shown(variable, source.value()));
                text.append(source.name().equals(variable.name()) ? "\n" : "  # " + source.name() + "\n");
            }
        });
        return text.substring(1);
    }

    private static void grouped(StringBuilder text, Predicate<Variable> shown, Consumer<Variable> each) {
        for (var group : Variable.Group.values()) {
            var variables = Stream.of(Variable.values())
                    .filter(v -> v.group() == group && shown.test(v))
                    .toList();
            if (!variables.isEmpty()) {
                text.append("\n# ---- ").append(group.heading()).append(" ----\n");
                variables.forEach(each);
            }
        }
    }

    private static String shown(Variable variable, String value) {
        if (variable.address()) {
            return host(value)
                    .map(host -> host.replaceFirst("://(.*@)?", "://***@"))
                    .orElse("***");
        }
        return variable.secret() || value.contains("@") ? "***" : value;
    }

    private static Optional<String> host(String address) {
        try {
            var uri = URI.create(address);
            return Optional.ofNullable(uri.getHost()).map(host -> uri.getScheme() + "://" + uri.getRawAuthority());
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }
}
