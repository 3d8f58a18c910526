package gptbroker.prompt;

import gptbroker.http.Exchange;
import java.util.Locale;

/** How a stream looks on the wire. */
enum StreamForm {
    /** One JSON object a line, no terminator, no heartbeat: an empty line would break readers that parse each. */
    NDJSON("application/json", "", "\n", "", ""),
    /** The same under its own content type, for clients that would read {@code application/json} as one document. */
    LINES("application/x-ndjson; charset=utf-8", "", "\n", "", ""),
    /** Server-sent events with a heartbeat comment; {@code [DONE]} only after a real end. */
    SSE("text/event-stream; charset=utf-8", "data: ", "\n\n", ": ping\n\n", "data: [DONE]\n\n");

    private static final String BROKEN = "{\"error\":\"Error while streaming\"}";
    private static final String INTERRUPTED = "{\"error\":\"Error while streaming\",\"code\":\"interrupted\"}";

    private final String contentType;
    private final String before;
    private final String after;
    private final String heartbeat;
    private final String end;

    StreamForm(String contentType, String before, String after, String heartbeat, String end) {
        this.contentType = contentType;
        this.before = before;
        this.after = after;
        this.heartbeat = heartbeat;
        this.end = end;
    }

    /** The form that a request asks for. */
    static StreamForm of(Exchange exchange) {
        return exchange.headers("Accept").stream()
                        .anyMatch(accept -> accept.toLowerCase(Locale.ROOT).contains("text/event-stream"))
                ? SSE
                : NDJSON;
    }

    String contentType() {
        return contentType;
    }

    /** Whether silence is filled with comments, which also finds out that a client has left. */
    boolean hasHeartbeat() {
        return !heartbeat.isEmpty();
    }

    /** Whether a failure before the first byte has a status: the seed's lines are always a 200 (S3.28). */
    boolean hasStatus() {
        return this != NDJSON;
    }

    String heartbeat() {
        return heartbeat;
    }

    String delta(String text) {
        return before + "{\"data\":" + JsonText.quote(text) + "}" + after;
    }

    String broken() {
        return before + BROKEN + after;
    }

    /** What a resumed stream ends with when the broker that began it died. */
    String interrupted() {
        return before + INTERRUPTED + after;
    }

    String end() {
        return end;
    }
}
