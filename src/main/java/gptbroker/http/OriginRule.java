package gptbroker.http;

import gptbroker.problem.Problem;
import gptbroker.problem.ProblemCode;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * Whose pages may open a WebSocket: for them a browser asks no preflight, so it is asked here. Clients without an
 * {@code Origin} are no browsers. Immutable, thread-safe.
 */
public final class OriginRule {
    private final Set<String> listed;

    /** @param listed {@code CORS_ORIGINS} */
    public OriginRule(Set<String> listed) {
        this.listed = Set.copyOf(listed);
    }

    /**
     * Our own host's pages and listed ones may; any other only while none is listed, and with a credential that a page
     * must have been given: cookies are sent by themselves.
     *
     * @param explicit whether the credential is no cookie
     * @throws Problem 403 {@code access_denied}
     */
    public void require(Exchange exchange, boolean explicit) {
        List<String> origins = exchange.headers("Origin");
        if (origins.isEmpty() || origins.size() == 1 && allows(exchange, origins.getFirst(), explicit)) {
            return;
        }
        throw Problem.of(ProblemCode.ACCESS_DENIED, "a foreign origin");
    }

    private boolean allows(Exchange exchange, String origin, boolean explicit) {
        return listed.contains(origin)
                || listed.isEmpty() && explicit
                || exchange.headers("Host").stream().anyMatch(host -> isOurs(origin, host));
    }

    /** A proxy may have taken the TLS off, so the scheme is not compared. */
    private static boolean isOurs(String origin, String host) {
        String own = host.toLowerCase(Locale.ROOT);
        return origin.equals("https://" + own) || origin.equals("http://" + own);
    }
}
