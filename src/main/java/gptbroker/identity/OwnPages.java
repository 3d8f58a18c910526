package gptbroker.identity;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/**
 * Whether a request may use what a browser adds by itself, a cookie: only our own pages and those of the listed origins
 * may, whatever page made the browser send it. Clients that are no browsers send no {@code Origin} and may. Immutable.
 *
 * <p>"Our own" is the host that the request is for. Ports are compared only where that host has one: proxies drop it,
 * and cookies do not know ports either.
 */
public final class OwnPages {
    private final Set<String> listed;

    /** @param listed {@code CORS_ORIGINS} */
    public OwnPages(Set<String> listed) {
        this.listed = Set.copyOf(listed);
    }

    /**
     * Judges a request.
     *
     * @param headers gives all values of a header, in order
     */
    public boolean allows(Function<String, List<String>> headers) {
        List<String> origins = headers.apply("Origin");
        if (!origins.isEmpty()) {
            return origins.size() == 1 && knows(origins.getFirst(), headers);
        }
        List<String> sites = headers.apply("Sec-Fetch-Site");
        return sites.isEmpty()
                || sites.size() == 1 && Set.of("same-origin", "none").contains(sites.getFirst());
    }

    /** Whether a page of ours or of a listed origin stands at this address. */
    public boolean knows(String address, Function<String, List<String>> headers) {
        Optional<URI> uri = parsed(address);
        if (uri.isEmpty()) {
            return false;
        }
        String port = uri.get().getPort() < 0 ? "" : ":" + uri.get().getPort();
        String host = uri.get().getHost().toLowerCase(Locale.ROOT);
        String scheme = uri.get().getScheme().toLowerCase(Locale.ROOT);
        if (listed.contains(scheme + "://" + host + port)) {
            return true;
        }
        List<String> hosts = headers.apply("Host");
        if (hosts.size() != 1) {
            return false;
        }
        String own = hosts.getFirst().toLowerCase(Locale.ROOT);
        return own.equals(host + port) || own.equals(host);
    }

    private static Optional<URI> parsed(String address) {
        try {
            URI uri = new URI(address);
            boolean web = "http".equalsIgnoreCase(uri.getScheme()) || "https".equalsIgnoreCase(uri.getScheme());
            return web && uri.getHost() != null && uri.getRawUserInfo() == null ? Optional.of(uri) : Optional.empty();
        } catch (URISyntaxException e) {
            return Optional.empty();
        }
    }
}
