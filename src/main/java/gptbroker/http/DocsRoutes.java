package gptbroker.http;

import gptbroker.problem.Problem;
import gptbroker.problem.ProblemCode;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Map;
import java.util.Properties;

/** {@code /openapi.json}, and {@code /docs} to read it: everything from our own jars, nothing from elsewhere. */
public final class DocsRoutes {
    private static final String WEBJAR = "/META-INF/resources/webjars/swagger-ui/";
    private static final String WEBJAR_VERSION = "/META-INF/maven/org.webjars/swagger-ui/pom.properties";
    private static final String OURS = "/gptbroker/docs/";
    /** The page's viewer sets styles on elements; scripts come from files alone. */
    private static final String POLICY = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline';"
            + " img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    private static final Map<String, Asset> ASSETS = Map.of(
            "swagger-ui.css", webjar("swagger-ui.css", Asset.STYLE),
            "swagger-ui-bundle.js", webjar("swagger-ui-bundle.js", Asset.SCRIPT),
            "favicon-32x32.png", webjar("favicon-32x32.png", "image/png"),
            "start.js", new Asset(OURS + "start.js", Asset.SCRIPT));

    private final Asset description;

    /** Of the whole broker. */
    public DocsRoutes() {
        this("/openapi.json");
    }

    /** Of what this resource describes. */
    public DocsRoutes(String description) {
        this.description = new Asset(description, "application/json; charset=utf-8");
    }

    /** For both listeners: the public one shows them to the operator alone. */
    public List<Route> routes() {
        return List.of(
                new Route("GET", "/openapi.json", Access.OPERATOR, Dialect.BARE, description::send),
                new Route("GET", "/docs", Access.OPERATOR, Dialect.BARE, x -> {
                    x.header("Content-Security-Policy", POLICY);
                    x.header("Referrer-Policy", "no-referrer");
                    new Asset(OURS + "index.html", Asset.HTML).send(x);
                }),
                new Route("GET", "/docs/assets/{name}", Access.OPERATOR, Dialect.BARE, DocsRoutes::asset));
    }

    private static void asset(Exchange x) throws ClientGone {
        Asset asset = ASSETS.get(x.pathParameter("name"));
        if (asset == null) {
            throw Problem.of(ProblemCode.NOT_FOUND);
        }
        asset.send(x);
    }

    private static Asset webjar(String name, String type) {
        return new Asset(WEBJAR + Version.OF_WEBJAR + "/" + name, type);
    }

    /** The jar has its version in its paths. */
    private static final class Version {
        static final String OF_WEBJAR = read();

        private static String read() {
            try (InputStream in = DocsRoutes.class.getResourceAsStream(WEBJAR_VERSION)) {
                var properties = new Properties();
                properties.load(in);
                return properties.getProperty("version");
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}
