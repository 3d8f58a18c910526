package gptbroker.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.net.URLEncoder;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import java.util.stream.StreamSupport;

/** A user of chats, who has an account because they have been there once. */
final class Talker {
    static final ObjectMapper JSON = new ObjectMapper();

    final Rig rig;
    final UUID id;
    final String token;

    Talker(Rig rig) {
        this.rig = rig;
        this.id = rig.user();
        this.token = rig.token(id);
        ok("/group/index", "{}");
    }

    /** An object of these names and values; values that begin like JSON stay what they are. */
    static String json(Object... namesAndValues) {
        var object = JSON.createObjectNode();
        for (int i = 0; i < namesAndValues.length; i += 2) {
            object.set((String) namesAndValues[i], JSON.valueToTree(namesAndValues[i + 1]));
        }
        return object.toString();
    }

    HttpResponse<String> post(String path, String body) {
        return rig.post(path, token, body);
    }

    /** A form, as curl sends it. */
    HttpResponse<String> form(String path, String... namesAndValues) {
        var body = new StringBuilder();
        for (int i = 0; i < namesAndValues.length; i += 2) {
            body.append(i == 0 ? "" : "&").append(namesAndValues[i]).append('=');
            body.append(URLEncoder.encode(namesAndValues[i + 1], StandardCharsets.UTF_8));
        }
        return rig.send(rig.request(path)
                .header("Authorization", "Bearer " + token)
                .header("Content-Type", "application/x-www-form-urlencoded")
                .POST(BodyPublishers.ofString(body.toString())));
    }

    HttpResponse<String> get(String path) {
        return rig.get(path, token);
    }

    JsonNode ok(String path, String body) {
        return ok(post(path, body));
    }

    JsonNode ok(String path, Object... namesAndValues) {
        return ok(path, json(namesAndValues));
    }

    static JsonNode ok(HttpResponse<String> answer) {
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        assertThat(answer.headers().firstValue("content-type")).hasValue("application/json; charset=utf-8");
        return tree(answer.body());
    }

    void refused(int status, String code, String path, Object... namesAndValues) {
        refused(post(path, json(namesAndValues)), status, code);
    }

    static void refused(HttpResponse<String> answer, int status, String code) {
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(status);
        assertThat(answer.headers().firstValue("x-error-code")).hasValue(code);
        assertThat(tree(answer.body()).path("error").isTextual()).isTrue();
    }

    /** A chat of theirs. */
    String chat() {
        return ok("/chat/create", "name", "talk").path("id").textValue();
    }

    /** The reply to a prompt. */
    String says(String chat, String prompt) {
        return ok("/chat/prompt", "id", chat, "prompt", prompt).path("reply").textValue();
    }

    JsonNode read(String chat) {
        return ok("/chat/read", "id", chat);
    }

    /** The day's units that are left. */
    int left() {
        return ok(get("/me/limits")).at("/day/remaining").intValue();
    }

    static JsonNode tree(String text) {
        try {
            return JSON.readTree(text);
        } catch (JsonProcessingException e) {
            throw new AssertionError(text, e);
        }
    }

    static List<String> texts(JsonNode list, String field) {
        return StreamSupport.stream(list.spliterator(), false)
                .map(item -> item.path(field).asText())
                .toList();
    }

    static List<String> ids(Talker... talkers) {
        return Arrays.stream(talkers).map(talker -> talker.id.toString()).toList();
    }
}
