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
    private static final String SCRIPT = "text/javascript; charset=utf-8";
    /** The page's viewer sets styles on elements; scripts come from files alone. */
    private static final String POLICY = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline';"
            + " img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    private static final Map<String, Asset> ASSETS = Map.of(
            "swagger-ui.css", webjar("swagger-ui.css", "text/css; charset=utf-8"),
            "swagger-ui-bundle.js", webjar("swagger-ui-bundle.js", SCRIPT),
            "favicon-32x32.png", webjar("favicon-32x32.png", "image/png"),
            "start.js", new Asset(OURS + "start.js", SCRIPT));

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
                new Route("GET", "/openapi.json", Access.OPERATOR, Dialect.BARE, x -> send(x, description)),
                new Route("GET", "/docs", Access.OPERATOR, Dialect.BARE, x -> {
                    x.header("Content-Security-Policy", POLICY);
                    x.header("Referrer-Policy", "no-referrer");
                    send(x, new Asset(OURS + "index.html", "text/html; charset=utf-8"));
                }),
                new Route("GET", "/docs/assets/{name}", Access.OPERATOR, Dialect.BARE, DocsRoutes::asset));
    }

    private record Asset(String resource, String type) {}

    private static void asset(Exchange x) throws ClientGone {
        Asset asset = ASSETS.get(x.pathParameter("name"));
        if (asset == null) {
            throw Problem.of(ProblemCode.NOT_FOUND);
        }
        send(x, asset);
    }

    /** Read anew each time: rarely wanted, and too large to be kept in the heap. */
    private static void send(Exchange x, Asset asset) throws ClientGone {
        x.header("Cache-Control", "private, max-age=300");
        x.send(200, asset.type(), bytes(asset.resource()));
    }

    private static byte[] bytes(String resource) {
        try (InputStream in = DocsRoutes.class.getResourceAsStream(resource)) {
            if (in == null) {
                throw new IllegalStateException("missing in the jars: " + resource);
            }
            return in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
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
