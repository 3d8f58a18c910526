package gptbroker.dev;

import io.helidon.http.HeaderName;
import io.helidon.http.HeaderNames;
import io.helidon.http.HeaderValues;
import io.helidon.http.Method;
import io.helidon.webserver.http.Filter;
import io.helidon.webserver.http.FilterChain;
import io.helidon.webserver.http.RoutingRequest;
import io.helidon.webserver.http.RoutingResponse;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;

/**
 * What Supabase's gateway does before GoTrue: CORS, and the {@code apikey}. A missing key is let through, so that a
 * plain curl works; a wrong one is refused as there.
 */
final class AuthGateway implements Filter {
    private static final HeaderName API_KEY = HeaderNames.create("apikey");
    private static final String AUTH = "/auth/v1/";

    private final AuthTokens tokens;

    AuthGateway(AuthTokens tokens) {
        this.tokens = tokens;
    }

    @Override
    public void filter(FilterChain chain, RoutingRequest req, RoutingResponse res) {
        var path = req.path().path();
        if (!path.startsWith(AUTH)) {
            if (isFromBrowser(req)) {
                res.status(403).send("The control routes are not for browsers");
            } else {
                chain.proceed();
            }
            return;
        }
        allowOrigins(res);
        if (req.prologue().method().equals(Method.OPTIONS)) {
            preflight(res);
        } else if (mayEnter(req, path)) {
            chain.proceed();
        } else {
            res.status(401)
                    .header(HeaderValues.CONTENT_TYPE_JSON)
                    .send("{\"message\":\"Invalid API key\",\"hint\":\"Double check your Supabase `anon` or"
                            + " `service_role` API key.\"}");
        }
    }

    /** Other sites' scripts reach loopback too, by its number or by a name that they point at it. */
    private static boolean isFromBrowser(ServerRequest req) {
        var host = req.authority().replaceFirst(":\\d+$", "");
        boolean local = host.equals("127.0.0.1") || host.equals("localhost");
        return !local || req.headers().contains(HeaderNames.ORIGIN);
    }

    private boolean mayEnter(ServerRequest req, String path) {
        var key = req.headers().first(API_KEY).orElse("");
        if (key.isEmpty() || path.startsWith(AUTH + ".well-known/")) {
            return true;
        }
        boolean browser = req.headers().first(HeaderNames.USER_AGENT).orElse("").startsWith("Mozilla/");
        return tokens.isProjectKey(key) && !(browser && key.equals(tokens.secretKey()));
    }

    private static void allowOrigins(ServerResponse res) {
        res.header(HeaderNames.ACCESS_CONTROL_ALLOW_ORIGIN, "*")
                .header(
                        HeaderNames.ACCESS_CONTROL_EXPOSE_HEADERS,
                        "X-Supabase-Api-Version, X-Sb-Error-Code, X-Total-Count, Link");
    }

    private static void preflight(ServerResponse res) {
        res.status(200)
                .header(HeaderNames.ACCESS_CONTROL_ALLOW_METHODS, "GET, POST, PUT, PATCH, DELETE, OPTIONS")
                .header(
                        HeaderNames.ACCESS_CONTROL_ALLOW_HEADERS,
                        "authorization, apikey, content-type, x-client-info, x-supabase-api-version, x-retry-count")
                .header(HeaderNames.ACCESS_CONTROL_MAX_AGE, "3600")
                .send();
    }
}
