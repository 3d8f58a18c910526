package gptbroker.dev;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.helidon.http.HeaderNames;
import io.helidon.http.HeaderValues;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.function.Function;

/**
 * What the scripted model has of OpenAI's API beside chat: completions, embeddings and responses, as short as an SDK
 * accepts them; and at every other path an echo of the body, with the method and query in headers and the status and
 * {@code Cache-Control} that {@code X-Echo-Status} and {@code X-Echo-Cache-Control} ask for.
 */
final class ModelExtras {
    private final ObjectMapper mapper = new ObjectMapper();
    private final Function<ServerRequest, byte[]> bodies;

    /** @param bodies reads the body, and notes it */
    ModelExtras(Function<ServerRequest, byte[]> bodies) {
        this.bodies = bodies;
    }

    void answer(ServerRequest req, ServerResponse res) throws IOException {
        byte[] body = bodies.apply(req);
        switch (req.path().path()) {
            case "/v1/completions" -> json(res, completion(mapper.readTree(body)));
            case "/v1/embeddings" -> json(res, EMBEDDING);
            case "/v1/responses" -> respond(mapper.readTree(body), res);
            default -> echo(req, res, body);
        }
    }

    private static final String EMBEDDING = """
            {"object":"list","data":[{"object":"embedding","index":0,"embedding":[0.5,-0.25,0.125]}],\
            "model":"text-embedding-3-small","usage":{"prompt_tokens":3,"total_tokens":3}}""";

    private static String completion(JsonNode request) {
        return "{\"id\":\"cmpl-dev\",\"object\":\"text_completion\",\"created\":1700000000,\"model\":"
                + ModelJson.quoted(request.path("model").asText()) + ",\"choices\":[{\"index\":0,\"text\":"
                + ModelJson.quoted("Echo: " + request.path("prompt").asText())
                + ",\"logprobs\":null,\"finish_reason\":\"stop\"}],"
                + "\"usage\":{\"prompt_tokens\":2,\"completion_tokens\":4,\"total_tokens\":6}}";
    }

    private static void respond(JsonNode request, ServerResponse res) throws IOException {
        String text = "Echo: " + request.path("input").asText();
        String whole =
                "{\"id\":\"resp_dev\",\"object\":\"response\",\"created_at\":1700000000,\"status\":\"completed\","
                        + "\"model\":" + ModelJson.quoted(request.path("model").asText())
                        + ",\"output\":[{\"type\":\"message\",\"id\":\"msg_dev\",\"status\":\"completed\",\"role\":\"assistant\","
                        + "\"content\":[{\"type\":\"output_text\",\"text\":" + ModelJson.quoted(text)
                        + ",\"annotations\":[]}]}],"
                        + "\"usage\":{\"input_tokens\":5,\"output_tokens\":7,\"total_tokens\":12}}";
        if (!request.path("stream").asBoolean()) {
            json(res, whole);
            return;
        }
        res.header(HeaderNames.CONTENT_TYPE, "text/event-stream");
        try (var out = res.outputStream()) {
            for (String event : new String[] {
                "{\"type\":\"response.output_text.delta\",\"sequence_number\":0,\"item_id\":\"msg_dev\",\"output_index\":0,"
                        + "\"content_index\":0,\"delta\":" + ModelJson.quoted(text) + "}",
                "{\"type\":\"response.completed\",\"sequence_number\":1,\"response\":" + whole + "}"
            }) {
                String type = event.substring(9, event.indexOf('"', 9));
                out.write(("event: " + type + "\ndata: " + event + "\n\n").getBytes(StandardCharsets.UTF_8));
                out.flush();
            }
        }
    }

    private static void echo(ServerRequest req, ServerResponse res, byte[] body) {
        req.headers()
                .first(HeaderNames.create("X-Echo-Status"))
                .ifPresent(status -> res.status(Integer.parseInt(status)));
        req.headers()
                .first(HeaderNames.create("X-Echo-Cache-Control"))
                .ifPresent(line -> res.header(HeaderNames.CACHE_CONTROL, line));
        List<String> several = req.headers().all(HeaderNames.create("X-Multi"), List::of);
        if (!several.isEmpty()) {
            res.header(HeaderValues.create("X-Echo-Multi", several));
        }
        String line =
                req.prologue().method().text() + " " + req.prologue().query().rawValue();
        res.header(HeaderValues.create("X-Echo", line))
                .header(HeaderValues.create("OpenAI-Organization", "org-of-the-tenant"))
                .header(HeaderValues.create("x-ratelimit-limit-tokens", "99999"))
                .header(
                        HeaderNames.CONTENT_TYPE,
                        req.headers().value(HeaderNames.CONTENT_TYPE).orElse("application/octet-stream"))
                .send(body);
    }

    private static void json(ServerResponse res, String body) {
        res.header(HeaderValues.CONTENT_TYPE_JSON).send(ModelJson.bytes(body));
    }
}
