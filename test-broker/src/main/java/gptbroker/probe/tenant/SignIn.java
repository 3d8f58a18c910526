package gptbroker.probe.tenant;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Map;

/** Signs a test user in as supabase-js does, over Supabase's REST (S3.39). Thread-safe. */
public final class SignIn {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Duration TIMEOUT = Duration.ofSeconds(15);

    private final HttpClient client;

    /** Signs in through {@code client}. */
    public SignIn(HttpClient client) {
        this.client = client;
    }

    /**
     * The access token of a fresh session of one of the tenant's test users.
     *
     * @throws IOException when Supabase cannot be reached or refuses; the message names its error code, never its text
     */
    public Secret accessToken(Tenant tenant, Login login) throws IOException, InterruptedException {
        HttpResponse<String> response = client.send(request(tenant, login), HttpResponse.BodyHandlers.ofString());
        JsonNode body = parse(response.body());
        if (response.statusCode() != 200) {
            throw new IOException("Supabase answered " + response.statusCode() + " " + code(body));
        }
        String token = body.path("access_token").asText("");
        if (token.isEmpty()) {
            throw new IOException("Supabase's answer holds no access_token");
        }
        return new Secret(token);
    }

    private static HttpRequest request(Tenant tenant, Login login) throws IOException {
        String credentials = JSON.writeValueAsString(Map.of(
                "email", login.email().value(), "password", login.password().value()));
        return HttpRequest.newBuilder(URI.create(tenant.supabaseUrl() + "/auth/v1/token?grant_type=password"))
                .timeout(TIMEOUT)
                .header("apikey", tenant.anonKey().value())
                .header("Content-Type", "application/json")
                .header("X-Supabase-Api-Version", "2024-01-01")
                .POST(HttpRequest.BodyPublishers.ofString(credentials))
                .build();
    }

    private static JsonNode parse(String body) {
        try {
            return JSON.readTree(body);
        } catch (JacksonException notJson) {
            return JSON.nullNode();
        }
    }

    /** GoTrue's code in its new or old form; anything that does not look like a code stays out of reports. */
    private static String code(JsonNode body) {
        String code = body.path("error_code").asText(body.path("code").asText(""));
        return code.matches("[a-z_]{1,60}") ? code : "without a code";
    }
}
