package gptbroker.config;

import java.net.URI;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The variables as typed values. A wrong one is told to {@code mistakes} and read as its default, so that reading goes
 * on to the next mistake.
 */
final class Settings {
    private static final Pattern NUMBER = Pattern.compile("\\d{1,18}");
    private static final int SHOWN = 60;

    private final Map<Variable, Source> sources;
    private final Consumer<String> mistakes;

    Settings(Map<Variable, Source> sources, Consumer<String> mistakes) {
        this.sources = sources;
        this.mistakes = mistakes;
    }

    boolean isSet(Variable variable) {
        return sources.containsKey(variable);
    }

    /** The name it was set by, else its own. */
    String nameOf(Variable variable) {
        return isSet(variable) ? sources.get(variable).name() : variable.name();
    }

    /** The value, or the default; empty when there is neither. */
    String text(Variable variable) {
        return isSet(variable) ? sources.get(variable).value() : variable.fallback();
    }

    Optional<String> optional(Variable variable) {
        return Optional.of(text(variable)).filter(value -> !value.isEmpty());
    }

    /** The value if it has the form, else the default. */
    String matching(Variable variable, Pattern form, String expected) {
        var value = text(variable);
        if (value.isEmpty() || form.matcher(value).matches()) {
            return value;
        }
        wrong(variable, expected);
        return variable.fallback();
    }

    Optional<Secret> secret(Variable variable) {
        if (text(variable).chars().anyMatch(c -> c <= ' ' || c >= 0x7f)) {
            mistakes.accept(nameOf(variable) + " has white space or letters beyond ASCII inside; expected one word");
        }
        return optional(variable).map(Secret::new);
    }

    /** A secret that must not be guessed. */
    Optional<Secret> secret(Variable variable, int leastBytes) {
        int length = text(variable).getBytes(StandardCharsets.UTF_8).length;
        if (length > 0 && length < leastBytes) {
            mistakes.accept(
                    nameOf(variable) + " is too short to be safe; expected " + leastBytes + " characters or more");
        }
        return secret(variable);
    }

    long number(Variable variable, long min, long max) {
        var value = text(variable);
        if (NUMBER.matcher(value).matches() && Long.parseLong(value) >= min && Long.parseLong(value) <= max) {
            return Long.parseLong(value);
        }
        wrong(variable, "a whole number from " + min + " to " + max);
        return variable.fallback().isEmpty() ? min : Long.parseLong(variable.fallback());
    }

    int whole(Variable variable, int min, int max) {
        return (int) number(variable, min, max);
    }

    int port(Variable variable) {
        return whole(variable, 0, 65_535);
    }

    Path path(Variable variable) {
        try {
            return Path.of(text(variable));
        } catch (InvalidPathException e) {
            wrong(variable, "a path");
            return Path.of(variable.fallback());
        }
    }

    boolean flag(Variable variable) {
        var value = text(variable).toLowerCase(Locale.ROOT);
        if (!value.equals("true") && !value.equals("false")) {
            wrong(variable, "true or false");
        }
        return value.equals("true");
    }

    Duration duration(Variable variable, Duration min, Duration max) {
        var value = Durations.parse(text(variable)).filter(d -> d.compareTo(min) >= 0 && d.compareTo(max) <= 0);
        if (value.isEmpty()) {
            wrong(
                    variable,
                    "a time from %s to %s with its unit, as in 500ms, 30s, 5m, 1h"
                            .formatted(Durations.format(min), Durations.format(max)));
        }
        return value.orElseGet(() -> Durations.parse(variable.fallback()).orElseThrow());
    }

    <E extends Enum<E>> E choice(Variable variable, Class<E> type) {
        var all = type.getEnumConstants();
        var value = text(variable);
        return Stream.of(all)
                .filter(e -> e.name().equalsIgnoreCase(value))
                .findFirst()
                .orElseGet(() -> {
                    wrong(
                            variable,
                            Stream.of(all)
                                    .map(e -> e.name().toLowerCase(Locale.ROOT))
                                    .collect(Collectors.joining(" or ")));
                    return all[0];
                });
    }

    /** A comma list, or its default; items are stripped, empty ones dropped. */
    List<String> list(Variable variable) {
        return items(text(variable));
    }

    Set<String> set(Variable variable) {
        return new LinkedHashSet<>(list(variable));
    }

    static List<String> items(String list) {
        return Arrays.stream(list.split(","))
                .map(String::strip)
                .filter(s -> !s.isEmpty())
                .toList();
    }

    /** {@code name=value,name=value}; a name may stand once. */
    Map<String, String> map(Variable variable, String expected) {
        var map = new LinkedHashMap<String, String>();
        for (var item : list(variable)) {
            int equals = item.indexOf('=');
            var name = equals < 0 ? "" : item.substring(0, equals).strip();
            var value = item.substring(equals + 1).strip();
            if (name.isEmpty() || value.isEmpty() || map.put(name, value) != null) {
                wrong(variable, expected);
                return Map.of();
            }
        }
        return map;
    }

    /** An absolute address with a host, of one of these schemes. Credentials are for secret variables only. */
    Optional<URI> url(Variable variable, String... schemes) {
        var value = text(variable);
        if (value.isEmpty()) {
            return Optional.empty();
        }
        var uri = uri(value).filter(u -> u.getHost() != null && List.of(schemes).contains(lower(u.getScheme())));
        if (uri.isEmpty() || uri.get().getPort() > 65_535) {
            wrong(
                    variable,
                    "an address like " + schemes[0] + "://host"
                            + (schemes.length > 1 ? " (or " + schemes[1] + ")" : ""));
            return Optional.empty();
        }
        if (!variable.secret() && uri.get().getRawUserInfo() != null) {
            mistakes.accept(nameOf(variable) + " carries a user or password; expected an address without");
            return Optional.empty();
        }
        return uri;
    }

    private static Optional<URI> uri(String value) {
        try {
            return Optional.of(new URI(value));
        } catch (URISyntaxException e) {
            return Optional.empty();
        }
    }

    private static String lower(String text) {
        return text.toLowerCase(Locale.ROOT);
    }

    /** Reports the variable with its value, unless that is secret or might be. */
    void wrong(Variable variable, String expected) {
        boolean shown = !variable.secret() && !text(variable).contains("@");
        var what = shown ? " is " + quoted(text(variable)) : " has a wrong value";
        mistakes.accept(nameOf(variable) + what + "; expected " + expected);
    }

    private static String quoted(String value) {
        var visible = value.replaceAll("\\p{Cntrl}", "?");
        return '"' + (visible.length() > SHOWN ? visible.substring(0, SHOWN) + "…" : visible) + '"';
    }
}
