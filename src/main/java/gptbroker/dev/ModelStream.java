package gptbroker.dev;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.helidon.http.HeaderNames;
import io.helidon.webserver.http.ServerResponse;
import java.io.IOException;
import java.io.OutputStream;
import java.util.List;

/** Plays one script as a stream of server-sent events, one flush an event. Used by one thread. */
final class ModelStream {
    private static final String DONE = "[DONE]";
    private static final int LONG_LINE = 2 * 1024 * 1024;
    private static final int COMMENTS = 100_000;
    private static final long NANOS_A_MILLI = 1_000_000L;

    private final ModelRequest request;
    private final Script.Kind kind;
    private final ModelJson json;
    private final OutputStream out;
    private final String lineEnd;
    private long tokens;

    ModelStream(ModelRequest request, ServerResponse res) {
        this.request = request;
        this.kind = request.script().kind();
        this.json = new ModelJson(request);
        this.lineEnd = switch (kind) {
            case SSE_CRLF -> "\r\n";
            case SSE_CR -> "\r";
            default -> "\n";
        };
        res.header(HeaderNames.CONTENT_TYPE, "text/event-stream; charset=utf-8");
        res.header(HeaderNames.CACHE_CONTROL, "no-cache");
        this.out = res.outputStream();
    }

    void play() throws IOException {
        begin();
        var pieces = pieces();
        int middle = (pieces.size() + 1) / 2;
        long start = System.nanoTime();
        for (int i = 0; i < pieces.size(); i++) {
            if (i == middle) {
                middle();
            }
            if (kind == Script.Kind.CHUNKS) {
                // The first at once, the others against the start, so that a late delta does not delay the next.
                long due = start + (long) i * request.script().number(1) * NANOS_A_MILLI;
                Wire.pause((due - System.nanoTime()) / NANOS_A_MILLI);
            }
            event(json.delta(pieces.get(i)));
        }
        if (pieces.size() <= middle) {
            middle();
        }
        finish();
    }

    private List<String> pieces() {
        var pieces = request.script().pieces(request.prompt());
        pieces.forEach(piece -> tokens += piece.length());
        tokens = (tokens + 3) / 4;
        return request.json() ? List.of("{\"answer\":", ModelJson.quoted(String.join("", pieces)), "}") : pieces;
    }

    private void begin() throws IOException {
        if (kind == Script.Kind.SSE_BOM) {
            out.write("\uFEFF".getBytes(UTF_8));
        }
        event(json.role());
        if (kind == Script.Kind.STALL_FIRST) {
            Wire.stall();
        }
    }

    private void middle() throws IOException {
        switch (kind) {
            case STALL_MID -> Wire.stall();
            case CUT_MID -> Wire.cut();
            case ERROR_MID -> {
                event(ModelJson.error("The server had an error", "server_error", "scripted"));
                Wire.cut();
            }
            case BAD_LINE -> event("{surely not JSON");
            case NO_CHOICES -> event(json.noChoices());
            case TOOL -> event(json.toolDelta());
            case NULL_DELTA -> event(json.nullDelta());
            case LONG_LINE -> event(json.delta("x".repeat(LONG_LINE)));
            case COMMENTS -> {
                for (int i = 0; i < COMMENTS; i++) {
                    out.write((": " + i + lineEnd).getBytes(UTF_8));
                }
            }
            case ENDLESS -> {
                while (true) {
                    event(json.delta("on and on "));
                }
            }
            default -> {
                // The others do nothing special here.
            }
        }
    }

    private void finish() throws IOException {
        event(json.finish(ScriptedModel.finish(request.script())));
        if (request.usage() && kind != Script.Kind.NO_USAGE) {
            event(json.usageChunk(request.promptTokens(), tokens));
        }
        switch (kind) {
            case STALL_DONE -> Wire.stall();
            case CUT_DONE -> Wire.cut();
            case NO_DONE -> {
                // The body ends properly, without the word.
            }
            case TWO_DONE -> {
                event(DONE);
                event(DONE);
            }
            case AFTER_DONE -> {
                event(DONE);
                event(json.delta("too late"));
            }
            default -> event(DONE);
        }
        out.close();
    }

    private void event(String data) throws IOException {
        out.write(("data: " + data + lineEnd + lineEnd).getBytes(UTF_8));
        out.flush();
    }
}
