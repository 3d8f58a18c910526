package gptbroker.account;

import gptbroker.http.Exchange;
import gptbroker.identity.OwnPages;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;

/** The cookie {@code sess} (S1.15): for the whole host, out of reach for scripts, not sent along by other sites. */
final class SessionCookie {
    private static final DateTimeFormatter HTTP_DATE = DateTimeFormatter.ofPattern(
                    "EEE, dd MMM yyyy HH:mm:ss 'GMT'", Locale.ROOT)
            .withZone(ZoneOffset.UTC);

    private SessionCookie() {}

    /**
     * Sets it, unless a page of another origin asks: such a page gets the token in the answer, but must not be able to
     * sign a browser in as somebody.
     */
    static void set(Exchange x, OwnPages origins, Sessions.Opened session) {
        if (origins.allows(x::headers)) {
            write(x, session.token().reveal(), session.expiresAt());
        }
    }

    /** Takes it away. */
    static void clear(Exchange x) {
        write(x, "", Instant.EPOCH);
    }

    private static void write(Exchange x, String value, Instant expires) {
        x.addHeader(
                "Set-Cookie",
                "sess=" + value + "; Path=/; Expires=" + HTTP_DATE.format(expires) + "; HttpOnly; SameSite=Lax"
                        + (isOverTls(x) ? "; Secure" : ""));
    }

    /** By the word of whoever is in front: a client that makes it up keeps its own cookie from itself. */
    private static boolean isOverTls(Exchange x) {
        List<String> protocols = x.headers("X-Forwarded-Proto");
        return !protocols.isEmpty()
                && protocols.getFirst().split(",", 2)[0].strip().equalsIgnoreCase("https");
    }
}
