package gptbroker.http;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import gptbroker.config.Secret;
import gptbroker.problem.Problem;
import gptbroker.problem.ProblemCode;
import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * {@code /playground}: a page to sign in with the real supabase-js and to ask this broker. It is a client like any
 * other; open, since whoever calls it has not signed in yet, and there only where it was switched on.
 */
public final class PlaygroundRoutes {
    /** Its routes that need no identity, as method and path: all. */
    public static final Set<String> OPEN =
            Set.of("GET /playground", "GET /playground/settings", "GET /playground/assets/{name}");

    private static final String FILES = "/gptbroker/playground/";
    private static final Asset PAGE = new Asset(FILES + "index.html", Asset.HTML);
    private static final Map<String, Asset> ASSETS = Map.of(
            "playground.css", new Asset(FILES + "playground.css", Asset.STYLE),
            "playground.js", new Asset(FILES + "playground.js", Asset.SCRIPT),
            "supabase.js", new Asset(FILES + "supabase.js", Asset.SCRIPT),
            "supabase.js.LICENSE.txt", new Asset(FILES + "supabase.js.LICENSE.txt", "text/plain; charset=utf-8"));

    private final ObjectNode settings;
    private final String policy;

    /**
     * The page of one project.
     *
     * @param supabaseUrl the project, where users sign in
     * @param anonKey its public key
     */
    public PlaygroundRoutes(URI supabaseUrl, Secret anonKey) {
        settings = JsonNodeFactory.instance
                .objectNode()
                .put("supabaseUrl", supabaseUrl.toString())
                .put("supabaseAnonKey", anonKey.reveal());
        policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src data:; connect-src 'self' "
                + supabaseUrl.getScheme() + "://" + supabaseUrl.getRawAuthority()
                + "; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'";
    }

    /** For the public listener. */
    public List<Route> routes() {
        return List.of(
                new Route("GET", "/playground", Access.OPEN, Dialect.BARE, this::page),
                new Route("GET", "/playground/settings", Access.OPEN, Dialect.BARE, x -> JsonAnswer.send(x, settings)),
                new Route("GET", "/playground/assets/{name}", Access.OPEN, Dialect.BARE, PlaygroundRoutes::asset));
    }

    private void page(Exchange x) throws ClientGone {
        x.header("Content-Security-Policy", policy);
        x.header("Referrer-Policy", "no-referrer");
        PAGE.send(x);
    }

    private static void asset(Exchange x) throws ClientGone {
        Asset asset = ASSETS.get(x.pathParameter("name"));
        if (asset == null) {
            throw Problem.of(ProblemCode.NOT_FOUND);
        }
        asset.send(x);
    }
}
