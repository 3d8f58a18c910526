package gptbroker.dev;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.helidon.http.HeaderNames;
import io.helidon.http.HeaderValues;
import io.helidon.webserver.WebServer;
import io.helidon.webserver.http.HttpRouting;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.zip.GZIPOutputStream;

/**
 * An OpenAI-compatible model on loopback that costs nothing and fails on command: the model's name, or
 * {@code [[model:NAME]]} at the start of the last message, chooses a {@link Script}. {@code GET /dev/calls} counts,
 * {@code DELETE /dev/calls} resets, {@code GET /dev/last} shows the last request's body. Thread-safe.
 */
public final class ScriptedModel implements AutoCloseable {
    /** How long a stalled call stays silent before its connection is closed. */
    static final Duration STALL = Duration.ofMinutes(15);

    private static final int MAX_BODY = 64 * 1024 * 1024;
    private static final int HUGE = 4 * 1024 * 1024;
    private static final int GZIP_BOMB = 256 * 1024 * 1024;
    private static final int CHARS_A_TOKEN = 4;

    private final ObjectMapper mapper = new ObjectMapper();
    private final ModelCalls calls = new ModelCalls();
    private final WebServer server;
    private volatile byte[] last = {};
    private volatile String lastAuthorization = "";

    private ScriptedModel(int port) {
        this.server = LoopbackServer.start("The scripted model (DEV_MODEL_PORT)", port, MAX_BODY, this::routes);
    }

    /**
     * Starts on 127.0.0.1.
     *
     * @param port 0 for a free one
     * @throws DevException when the port is taken
     */
    public static ScriptedModel start(int port) {
        return new ScriptedModel(port);
    }

    private void routes(HttpRouting.Builder routing) {
        routing.post("/v1/chat/completions", (req, res) -> complete(req, res, ""))
                .post(
                        "/openai/deployments/{model}/chat/completions",
                        (req, res) ->
                                complete(req, res, req.path().pathParameters().get("model")))
                .get("/v1/models", (req, res) -> json(res, MODELS))
                .any("/v1/*", new ModelExtras(this::note)::answer)
                .get("/dev/calls", (req, res) -> json(res, mapper.writeValueAsBytes(calls.counts())))
                .delete("/dev/calls", (req, res) -> {
                    calls.reset();
                    res.status(204).send();
                })
                .get("/dev/last", (req, res) -> json(res, last));
    }

    private static final byte[] MODELS = ModelJson.bytes("""
            {"object":"list","data":[{"id":"gpt-4o","object":"model","created":1700000000,"owned_by":"dev"},\
            {"id":"gpt-4o-mini","object":"model","created":1700000000,"owned_by":"dev"}]}""");

    private void complete(ServerRequest req, ServerResponse res, String deployment) throws IOException {
        var body = note(req);
        ModelRequest request;
        try {
            request = ModelRequest.parse(body, deployment);
        } catch (IOException e) {
            res.status(400);
            json(res, ModelJson.bytes(ModelJson.error("Bad request body", "invalid_request_error", "bad_body")));
            return;
        }
        calls.begin(request.script().name());
        try {
            act(request, res);
            calls.complete();
        } finally {
            calls.end();
        }
    }

    private byte[] note(ServerRequest req) {
        var body = req.content().hasEntity() ? req.content().as(byte[].class) : new byte[0];
        last = body;
        lastAuthorization = req.headers().value(HeaderNames.AUTHORIZATION).orElse("");
        return body;
    }

    private void act(ModelRequest request, ServerResponse res) throws IOException {
        var script = request.script();
        switch (script.kind()) {
            case STATUS -> refuse(script, res);
            case STALL_HEAD -> Wire.stall();
            case CUT_HEAD -> Wire.cut();
            case NONJSON ->
                res.header(HeaderNames.CONTENT_TYPE, "application/json").send("surely not JSON");
            case REDIRECT ->
                res.status(302)
                        .header(HeaderNames.LOCATION, "http://127.0.0.2:9/elsewhere")
                        .send();
            case GZIP ->
                res.header(HeaderNames.CONTENT_TYPE, "application/json")
                        .header(HeaderNames.CONTENT_ENCODING, "gzip")
                        .send(bomb());
            default -> {
                if (script.kind() == Script.Kind.SLOW) {
                    Wire.pause(script.number(0));
                }
                if (request.stream()) {
                    new ModelStream(request, res).play();
                } else {
                    answer(request, res);
                }
            }
        }
    }

    private static void answer(ModelRequest request, ServerResponse res) throws IOException {
        var script = request.script();
        if (script.kind() == Script.Kind.CHUNKS) {
            Wire.pause((long) script.number(0) * script.number(1));
        }
        var text = text(request);
        long tokens = script.kind() == Script.Kind.NO_USAGE ? -1 : tokens(text);
        var bytes = new ModelJson(request).completion(text, finish(script), request.promptTokens(), tokens);
        res.header(HeaderValues.CONTENT_TYPE_JSON);
        switch (script.kind()) {
            case STALL_FIRST, STALL_MID, STALL_DONE, CUT_MID, CUT_DONE -> {
                res.contentLength(bytes.length);
                var out = res.outputStream();
                out.write(bytes, 0, bytes.length / 2);
                out.flush();
                if (script.kind() == Script.Kind.CUT_MID || script.kind() == Script.Kind.CUT_DONE) {
                    Wire.cut();
                }
                Wire.stall();
            }
            default -> res.send(bytes);
        }
    }

    private static String text(ModelRequest request) {
        var text = String.join("", request.script().pieces(request.prompt()));
        return request.json() ? "{\"answer\":" + ModelJson.quoted(text) + "}" : text;
    }

    /** Why an answer of this script ends. */
    static String finish(Script script) {
        return switch (script.kind()) {
            case FILTERED -> "content_filter";
            case CUT_SHORT -> "length";
            case TOOL -> "tool_calls";
            default -> "stop";
        };
    }

    private static void refuse(Script script, ServerResponse res) {
        int status = script.number(0);
        int dash = script.rest().indexOf('-');
        var detail = dash < 0 ? "" : script.rest().substring(dash + 1);
        res.status(status);
        switch (detail) {
            case "html" ->
                res.header(HeaderNames.CONTENT_TYPE, "text/html")
                        .send("<html><body><h1>" + status + " upstream says no</h1></body></html>");
            case "empty" -> res.send();
            case "huge" -> json(res, ModelJson.bytes(error(status, "x".repeat(HUGE))));
            case "key" -> json(res, ModelJson.bytes(error(status, "Incorrect API key provided: sk-canary-0123456789")));
            default -> {
                if (!detail.isEmpty()) {
                    res.header(HeaderNames.RETRY_AFTER, detail);
                }
                json(res, ModelJson.bytes(error(status, "Scripted failure")));
            }
        }
    }

    private static String error(int status, String message) {
        return switch (status) {
            case 401 -> ModelJson.error(message, "invalid_request_error", "invalid_api_key");
            case 429 -> ModelJson.error(message, "requests", "rate_limit_exceeded");
            default -> ModelJson.error(message, status >= 500 ? "server_error" : "invalid_request_error", "scripted");
        };
    }

    private static byte[] bomb() throws IOException {
        var packed = new ByteArrayOutputStream();
        try (var gzip = new GZIPOutputStream(packed)) {
            var blanks = new byte[1024 * 1024];
            for (int written = 0; written < GZIP_BOMB; written += blanks.length) {
                gzip.write(blanks);
            }
        }
        return packed.toByteArray();
    }

    private static void json(ServerResponse res, byte[] bytes) {
        res.header(HeaderValues.CONTENT_TYPE_JSON).send(bytes);
    }

    /** The tokens that this model counts in a text: one for each four characters begun. */
    public static long tokens(String text) {
        return (text.length() + CHARS_A_TOKEN - 1) / CHARS_A_TOKEN;
    }

    /** What this model answers to a last message, unless a fault is scripted: for tests to compare with. */
    public static String answer(String model, String lastMessage) {
        return String.join("", Script.of(model, lastMessage).pieces(lastMessage));
    }

    /** {@code http://127.0.0.1:port}; the API is below {@code /v1}. */
    public String url() {
        return "http://127.0.0.1:" + server.port();
    }

    /** The body of the last request, as text. */
    public String lastBody() {
        return new String(last, StandardCharsets.UTF_8);
    }

    /** The {@code Authorization} of the last request. */
    public String lastAuthorization() {
        return lastAuthorization;
    }

    /** Calls since the start or the last reset. */
    public long calls() {
        return calls.counts().total();
    }

    /** Calls that have not ended. */
    public long running() {
        return calls.counts().running();
    }

    /** Calls since the start or the last reset, by script. */
    public Map<String, Long> callsByScript() {
        return calls.counts().byScript();
    }

    /** Stops at once; running answers are cut. */
    @Override
    public void close() {
        server.stop();
    }
}
