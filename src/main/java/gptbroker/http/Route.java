package gptbroker.http;

import static java.util.Objects.requireNonNull;

import java.util.Locale;
import java.util.regex.Pattern;

/**
 * One line of the route table.
 *
 * @param method upper case; {@code GET} answers {@code HEAD} too
 * @param path a literal ({@code /v2/x}), or a template whose segments may be {@code {name}} and whose last one may be
 *     {@code *} for any rest; literals match whatever their case, and one trailing slash is tolerated (S3.15)
 * @param access who may reach it
 * @param dialect how its errors look
 * @param handler what answers
 */
public record Route(String method, String path, Access access, Dialect dialect, Handler handler) {
    private static final Pattern PATH = Pattern.compile("(/([a-zA-Z0-9._-]+|\\{[a-zA-Z]+\\}))*(/\\*)?|/");

    public Route {
        requireNonNull(access, "access");
        requireNonNull(dialect, "dialect");
        requireNonNull(handler, "handler");
        if (!method.equals(method.toUpperCase(Locale.ROOT))
                || path.isEmpty()
                || !PATH.matcher(path).matches()) {
            throw new IllegalArgumentException("not a route: " + method + " " + path);
        }
    }
}
