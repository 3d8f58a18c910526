package gptbroker.store;

import gptbroker.config.Secret;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;
import org.postgresql.ds.PGSimpleDataSource;

/**
 * A {@code postgresql://user:password@host:port/database?parameter=value} address, as libpq and every hosted Postgres
 * write it. Parameters go to the driver as they are ({@code sslmode}, {@code currentSchema}, ...).
 *
 * <p>Parsed by hand, because passwords come with unescaped characters that {@link java.net.URI} refuses.
 */
record PostgresUrl(
        String address,
        String database,
        @Nullable String user,
        @Nullable Secret password,
        String query) {

    /** @throws IllegalArgumentException with a message that repeats nothing of the address */
    static PostgresUrl parse(Secret url) {
        String text = url.reveal().strip();
        int start = text.indexOf("://");
        String scheme = start < 0 ? "" : text.substring(0, start);
        if (!scheme.equals("postgresql") && !scheme.equals("postgres")) {
            throw new IllegalArgumentException("DATABASE_URL must begin with postgresql://");
        }
        String rest = text.substring(start + 3);
        int at = rest.lastIndexOf('@');
        int slash = rest.indexOf('/', at + 1);
        int mark = rest.indexOf('?', at + 1);
        int hostEnd = slash >= 0 ? slash : mark >= 0 ? mark : rest.length();
        String host = rest.substring(at + 1, hostEnd);
        String database = slash < 0 ? "" : rest.substring(slash + 1, mark < 0 ? rest.length() : mark);
        String[] login = at < 0 ? new String[0] : rest.substring(0, at).split(":", 2);
        return new PostgresUrl(
                host.isEmpty() ? "localhost" : host,
                database.isEmpty() ? "postgres" : decoded(database),
                login.length > 0 ? decoded(login[0]) : null,
                login.length > 1 ? new Secret(decoded(login[1])) : null,
                mark < 0 ? "" : rest.substring(mark));
    }

    /** A source of single connections; whoever uses it decides about pooling and time-outs. */
    PGSimpleDataSource dataSource() {
        var source = new PGSimpleDataSource();
        source.setUrl("jdbc:postgresql://" + address + "/" + database + query);
        if (user != null) {
            source.setUser(user);
        }
        if (password != null) {
            source.setPassword(password.reveal());
        }
        source.setApplicationName("gpt-broker");
        source.setConnectTimeout(5);
        source.setTcpKeepAlive(true);
        // The server's DETAIL quotes whole rows, and rows are content.
        source.setLogServerErrorDetail(false);
        return source;
    }

    private static String decoded(String part) {
        try {
            return URLDecoder.decode(part.replace("+", "%2B"), StandardCharsets.UTF_8);
        } catch (IllegalArgumentException e) {
            return part; // a bare percent sign in a password
        }
    }
}
