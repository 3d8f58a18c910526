package gptbroker.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/**
 * Whatever a client sends to any operation, the answer is one that {@code openapi.json} promises: a status of that
 * operation, with one of its codes, and a body that is JSON where it says so. Nothing fails inside.
 */
class NonsenseE2eTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Set<String> METHODS = Set.of("get", "post", "put", "patch", "delete");

    /** Its answer would not end. */
    private static final String ENDLESS = "/admin/events/stream";

    /** The listener's own, for what never reaches an operation. */
    private static final Set<String> OF_THE_LISTENER = Set.of(
            "404 not_found", "405 method_not_allowed", "413 body_too_large", "414 uri_too_long", "400 bad_request");

    @Test
    void everyAnswerIsOneOfThoseThatAreWrittenDown() throws IOException {
        JsonNode api;
        try (InputStream file = getClass().getResourceAsStream("/openapi.json")) {
            api = JSON.readTree(file);
        }
        try (var rig = Rig.start(Map.of(
                "ADMIN_KEY", Operator.KEY, "ACCOUNTS", "on", "DAILY_LIMIT", "1000000", "ADDRESS_RATE_LIMIT", "0"))) {
            var cast = new Cast(rig);
            var odd = new ArrayList<String>();
            int operations = 0;
            for (Map.Entry<String, JsonNode> path : api.path("paths").properties()) {
                for (Map.Entry<String, JsonNode> operation : path.getValue().properties()) {
                    if (METHODS.contains(operation.getKey()) && !path.getKey().equals(ENDLESS)) {
                        odd.addAll(complaints(rig, cast, api, path.getKey(), operation));
                        operations++;
                    }
                }
            }
            assertThat(operations).isGreaterThan(100);
            assertThat(odd).isEmpty();
        }
    }

    private static List<String> complaints(
            Rig rig, Cast cast, JsonNode api, String path, Map.Entry<String, JsonNode> operation) {
        var all = new ArrayList<String>();
        for (Nonsense.Ask ask : Nonsense.of(path, operation.getValue(), field -> cast.usual(path, field))) {
            HttpResponse<String> answer = rig.send(request(rig, cast, path, operation, ask));
            for (String complaint : complaints(api, operation.getValue(), answer)) {
                all.add(String.join(
                        " ",
                        operation.getKey(),
                        cut(ask.target()),
                        ask.contentType(),
                        cut(ask.body()),
                        "->",
                        complaint));
            }
        }
        return all;
    }

    private static HttpRequest.Builder request(
            Rig rig, Cast cast, String path, Map.Entry<String, JsonNode> operation, Nonsense.Ask ask) {
        HttpRequest.Builder request = rig.request(ask.target());
        cast.sign(request, path, operation.getValue().path("security"));
        if (!ask.contentType().isEmpty()) {
            request.header("Content-Type", ask.contentType());
        }
        return request.method(operation.getKey().toUpperCase(), BodyPublishers.ofString(ask.body()));
    }

    private static List<String> complaints(JsonNode api, JsonNode operation, HttpResponse<String> answer) {
        String told = answer.statusCode() + " "
                + answer.headers().firstValue("x-error-code").orElse("");
        if (OF_THE_LISTENER.contains(told)) {
            return List.of();
        }
        JsonNode response = resolved(api, operation.at("/responses/" + answer.statusCode()));
        if (response.isMissingNode()) {
            return List.of(told + " is not written down: " + cut(answer.body()));
        }
        var complaints = new ArrayList<String>();
        if (answer.statusCode() >= 500) {
            complaints.add(told + " though all is well");
        }
        JsonNode codes = resolved(api, response.at("/headers/X-Error-Code")).at("/schema/enum");
        if (answer.statusCode() >= 400
                && !codes.isMissingNode()
                && !codes.toString().contains('"' + code(answer) + '"')) {
            complaints.add(told + " is not one of " + codes);
        }
        boolean ours = !operation.path("operationId").asText().startsWith("v1");
        if (ours && answer.headers().firstValue("content-type").orElse("").startsWith("application/json")) {
            try {
                JSON.readTree(answer.body());
            } catch (JsonProcessingException e) {
                complaints.add(told + " is no JSON: " + cut(answer.body()));
            }
        }
        if (answer.headers().firstValue("x-injected").isPresent()) {
            complaints.add("a header was injected");
        }
        return complaints;
    }

    private static String code(HttpResponse<String> answer) {
        return answer.headers().firstValue("x-error-code").orElse("");
    }

    private static JsonNode resolved(JsonNode api, JsonNode node) {
        return node.has("$ref") ? api.at(node.path("$ref").textValue().substring(1)) : node;
    }

    private static String cut(String text) {
        return text.length() < 200 ? text : text.substring(0, 200) + "…";
    }

    /** One caller of each kind, and what is theirs. */
    private static final class Cast {
        private final Rig rig;
        private final Talker talker;
        private final String chat;
        private final String group;
        private final String projectKey;
        private final String gatewayKey;

        Cast(Rig rig) {
            this.rig = rig;
            this.talker = new Talker(rig);
            this.chat = talker.chat();
            this.group = talker.ok("/group/create", "name", "odd", "description", "x")
                    .path("id")
                    .textValue();
            this.projectKey = new Backend(rig, new Operator(rig)).key("");
            this.gatewayKey = Talker.tree(rig.send(rig.request("/signup/")
                                    .header("Content-Type", "application/x-www-form-urlencoded")
                                    .POST(BodyPublishers.ofString("username=nonsense&password=Nonsense-1234")))
                            .body())
                    .path("api_key")
                    .textValue();
        }

        /** By the first form that the operation takes. */
        void sign(HttpRequest.Builder request, String path, JsonNode security) {
            switch (security.path(0).fieldNames().hasNext()
                    ? security.path(0).fieldNames().next()
                    : "") {
                case "user" -> request.header("Authorization", "Bearer " + user(path));
                case "operator" -> request.header("Authorization", "Bearer " + Operator.KEY);
                case "apiKey" -> request.header("X-API-Key", projectKey);
                case "apiKeyBearer" -> request.header("Authorization", "Bearer " + gatewayKey);
                default -> {
                    // Open to everyone.
                }
            }
        }

        /** Whoever is erased is another one each time. */
        private String user(String path) {
            return path.equals("/me/data") ? rig.token(rig.user()) : talker.token;
        }

        /** A value that is right, as JSON. */
        String usual(String path, String field) {
            return switch (field) {
                case "id", "chat_id" -> '"' + (path.startsWith("/group") ? group : chat) + '"';
                case "group_id" -> '"' + group + '"';
                case "user_id", "user_ids" -> '"' + talker.id.toString() + '"';
                case "model" -> "\"gpt-4o-mini\"";
                case "messages" -> "[{\"role\":\"user\",\"content\":\"x\"}]";
                case "password" -> "\"Nonsense-1234\"";
                case "context", "limit", "max_tokens" -> "2";
                case "temperature" -> "1";
                case "stream", "otr" -> "false";
                default -> "\"x\"";
            };
        }
    }
}
