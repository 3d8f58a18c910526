package gptbroker.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;

/**
 * The operator of a {@link Rig}: speaks to its admin API.
 *
 * @param adminKey the rig's {@code ADMIN_KEY}
 */
public record Operator(Rig rig, String adminKey) {
    public static final String KEY = "operator-key-of-24-characters";
    private static final ObjectMapper JSON = new ObjectMapper();

    /** Of a rig whose {@code ADMIN_KEY} is {@link #KEY}. */
    public Operator(Rig rig) {
        this(rig, KEY);
    }

    /** Any answer. */
    public HttpResponse<String> send(String method, String path, String body) {
        return rig.send(HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + rig.internalPort() + path))
                .header("Authorization", "Bearer " + adminKey)
                .header("Content-Type", "application/json")
                .method(method, BodyPublishers.ofString(body)));
    }

    /** The JSON of a 200. */
    public JsonNode ok(String method, String path, String body) {
        HttpResponse<String> answer = send(method, path, body);
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        return json(answer);
    }

    /** A project that asks gpt-4o-mini, with further settings. */
    public JsonNode project(String slug, String settings) {
        String more = settings.isEmpty() ? "" : "," + settings;
        return ok("POST", "/admin/projects", "{\"slug\":\"" + slug + "\",\"model\":\"gpt-4o-mini\"" + more + "}");
    }

    /** A new key of a project. */
    public JsonNode key(String project) {
        return ok("POST", "/admin/projects/" + project + "/keys", "{}");
    }

    /** An answer's body as JSON. */
    public static JsonNode json(HttpResponse<String> answer) {
        try {
            return JSON.readTree(answer.body());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
