package gptbroker.dev;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.helidon.http.HeaderNames;
import io.helidon.http.HeaderValues;
import io.helidon.webserver.http.HttpRules;
import io.helidon.webserver.http.HttpService;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Supplier;

/** The key set and the OpenID metadata, with the ways in which they may fail. */
final class JwksRoutes implements HttpService {
    private static final ObjectMapper mapper = new ObjectMapper();
    private static final int DRIP_MILLIS = 100;

    private final SigningKeys keys;
    private final Supplier<String> issuer;
    private final LongAdder fetches = new LongAdder();
    private volatile Fault fault = Fault.NONE;

    /**
     * What is wrong with the key set.
     *
     * @param status of the answer; 0 closes the connection without one
     * @param delayMillis before the answer
     * @param drip one byte every 100 ms
     * @param body instead of the keys; empty for the keys
     * @param location target of a redirect; empty for none
     */
    record Fault(int status, long delayMillis, boolean drip, String body, String location) {
        static final Fault NONE = new Fault(200, 0, false, "", "");

        /** {@code none, 500, garbage, html, down, drip, redirect}, or {@code delay} with its milliseconds. */
        static Fault named(String name, long millis) {
            return switch (name) {
                case "none" -> NONE;
                case "500" -> new Fault(500, 0, false, "{\"message\":\"An unexpected error occurred\"}", "");
                case "garbage" -> body("{\"keys\":[{\"kid\":");
                case "html" -> body("<html><body>captive portal</body></html>");
                case "down" -> new Fault(0, 0, false, "", "");
                case "drip" -> new Fault(200, 0, true, "", "");
                case "redirect" -> new Fault(302, 0, false, "", "http://127.0.0.2:9/keys");
                case "delay" -> new Fault(200, millis, false, "", "");
                default -> throw new AuthError(400, "validation_failed", "No such fault: " + name);
            };
        }

        static Fault body(String body) {
            return new Fault(200, 0, false, body, "");
        }
    }

    JwksRoutes(SigningKeys keys, Supplier<String> issuer) {
        this.keys = keys;
        this.issuer = issuer;
    }

    @Override
    public void routing(HttpRules rules) {
        rules.get("/jwks.json", this::jwks).get("/openid-configuration", this::metadata);
    }

    void fault(Fault next) {
        this.fault = next;
    }

    /** How often the key set was fetched, failures included. */
    long fetches() {
        return fetches.sum();
    }

    private void jwks(ServerRequest req, ServerResponse res) throws IOException {
        fetches.increment();
        var now = fault;
        Wire.pause(now.delayMillis());
        if (now.status() == 0) {
            Wire.cut();
        }
        var bytes = (now.body().isEmpty() ? keys.jwks().toString() : now.body()).getBytes(StandardCharsets.UTF_8);
        res.status(now.status())
                .header(HeaderNames.CACHE_CONTROL, "public, max-age=600")
                .header(HeaderValues.CONTENT_TYPE_JSON);
        if (!now.location().isEmpty()) {
            res.header(HeaderNames.LOCATION, now.location());
        }
        if (now.drip()) {
            drip(bytes, res);
        } else {
            res.send(bytes);
        }
    }

    private static void drip(byte[] bytes, ServerResponse res) throws IOException {
        try (var out = res.outputStream()) {
            for (byte each : bytes) {
                out.write(each);
                out.flush();
                Wire.pause(DRIP_MILLIS);
            }
        }
    }

    private void metadata(ServerRequest req, ServerResponse res) {
        var base = issuer.get();
        var json = mapper.createObjectNode()
                .put("issuer", base)
                .put("authorization_endpoint", base + "/oauth/authorize")
                .put("token_endpoint", base + "/oauth/token")
                .put("jwks_uri", base + "/.well-known/jwks.json")
                .put("userinfo_endpoint", base + "/oauth/userinfo");
        json.putArray("id_token_signing_alg_values_supported")
                .add("RS256")
                .add("HS256")
                .add("ES256");
        json.putArray("subject_types_supported").add("public");
        res.header(HeaderNames.CACHE_CONTROL, "public, max-age=600");
        AuthRoutes.send(res, json);
    }
}
