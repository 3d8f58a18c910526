package gptbroker.http;

import gptbroker.problem.Problem;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * The route table. Paths match whatever their case, with or without one trailing slash (S3.15); every other spelling
 * ({@code //x}, {@code /x/../y}, {@code ;}, escaped dots, slashes and controls) matches nothing, so that no route can
 * be reached by a name that a proxy in front does not recognise.
 *
 * <p>Immutable, thread-safe.
 */
final class Router {
    /** The methods that the broker knows; others are 501. */
    static final Set<String> METHODS = Set.of("GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS");

    private final Map<String, Map<String, Route>> literals = new HashMap<>();
    private final List<Template> templates = new ArrayList<>();

    Router(List<Route> routes) {
        for (Route route : routes) {
            if (METHODS.contains(route.method()) && tableFor(route).putIfAbsent(route.method(), route) == null) {
                continue;
            }
            throw new IllegalArgumentException(
                    "route given twice, or unknown method: " + route.method() + " " + route.path());
        }
    }

    /** A path of the table and the values of its segments. */
    record Found(Map<String, Route> methods, Map<String, String> parameters) {
        /** The route for this method; {@code HEAD} is {@code GET} without the body. */
        Optional<Match> on(String method) {
            Route route = methods.get(method);
            if (route == null && method.equals("HEAD")) {
                route = methods.get("GET");
            }
            return Optional.ofNullable(route).map(found -> new Match(found, parameters));
        }

        /** The {@code Allow} header. */
        String allow() {
            Set<String> allowed = new TreeSet<>(methods.keySet());
            if (allowed.contains("GET")) {
                allowed.add("HEAD");
            }
            return String.join(", ", allowed);
        }

        /** The path without the routes that must not be seen; empty when nothing is left. */
        Optional<Found> without(Access hidden) {
            Map<String, Route> left = new LinkedHashMap<>(methods);
            left.values().removeIf(route -> route.access() == hidden);
            return left.isEmpty() ? Optional.empty() : Optional.of(new Found(left, parameters));
        }
    }

    /** The route that answers, and the values of its segments. */
    record Match(Route route, Map<String, String> parameters) {}

    /** Looks up a raw path, as it stood in the request line without its query. */
    Optional<Found> find(String rawPath) {
        if (!isPlain(rawPath)) {
            return Optional.empty();
        }
        String path =
                rawPath.length() > 1 && rawPath.endsWith("/") ? rawPath.substring(0, rawPath.length() - 1) : rawPath;
        Map<String, Route> methods = literals.get(path.toLowerCase(Locale.ROOT));
        if (methods != null) {
            return Optional.of(new Found(methods, Map.of()));
        }
        for (Template template : templates) {
            Optional<Map<String, String>> parameters = template.match(path);
            if (parameters.isPresent()) {
                return Optional.of(new Found(template.methods, parameters.get()));
            }
        }
        return Optional.empty();
    }

    private Map<String, Route> tableFor(Route route) {
        String key = route.path().toLowerCase(Locale.ROOT);
        if (!key.contains("{") && !key.endsWith("/*")) {
            return literals.computeIfAbsent(key, path -> new HashMap<>());
        }
        return templates.stream()
                .filter(template -> template.key.equals(key))
                .findFirst()
                .orElseGet(() -> {
                    Template added = new Template(key, route.path().substring(1).split("/"), new HashMap<>());
                    templates.add(added);
                    return added;
                })
                .methods;
    }

    private static boolean isPlain(String path) {
        if (!path.startsWith("/")
                || path.contains("//")
                || path.contains("/./")
                || path.contains("/../")
                || path.endsWith("/.")
                || path.endsWith("/..")) {
            return false;
        }
        for (int i = 0; i < path.length(); i++) {
            char c = path.charAt(i);
            if (c <= 0x20 || c >= 0x7f || c == ';' || c == '\\') {
                return false;
            }
        }
        return true;
    }

    private record Template(String key, String[] segments, Map<String, Route> methods) {
        Optional<Map<String, String>> match(String path) {
            String[] given = path.substring(1).split("/", -1);
            boolean rest = segments[segments.length - 1].equals("*");
            if (rest ? given.length < segments.length : given.length != segments.length) {
                return Optional.empty();
            }
            Map<String, String> parameters = new HashMap<>();
            for (int i = 0; i < segments.length; i++) {
                if (rest && i == segments.length - 1) {
                    List<String> tail = List.of(given).subList(i, given.length);
                    if (tail.stream().anyMatch(part -> plainValue(part).isEmpty())) {
                        return Optional.empty();
                    }
                    parameters.put("*", String.join("/", tail));
                } else if (!matchSegment(segments[i], given[i], parameters)) {
                    return Optional.empty();
                }
            }
            return Optional.of(parameters);
        }

        private static boolean matchSegment(String segment, String given, Map<String, String> parameters) {
            if (!segment.startsWith("{")) {
                return segment.equalsIgnoreCase(given);
            }
            Optional<String> value = plainValue(given);
            value.ifPresent(text -> parameters.put(segment.substring(1, segment.length() - 1), text));
            return value.isPresent();
        }

        /** The decoded segment, unless it hides a slash, a dot segment or a control character. */
        private static Optional<String> plainValue(String raw) {
            try {
                String value = Query.decode(raw, false);
                boolean odd = value.isEmpty()
                        || Set.of(".", "..").contains(value)
                        || value.chars().anyMatch(c -> c < 0x20 || c == 0x7f || c == '/' || c == '\\');
                return odd ? Optional.empty() : Optional.of(value);
            } catch (Problem malformed) {
                return Optional.empty();
            }
        }
    }
}
