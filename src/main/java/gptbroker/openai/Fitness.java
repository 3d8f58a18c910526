package gptbroker.openai;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import gptbroker.problem.Problem;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/**
 * Whether a good answer may be given again. A completion may when it ended by itself and calls no tool; what a GET
 * tells may when it is not about something that is still going on.
 */
final class Fitness {
    private static final JsonFactory JSON = new JsonFactory();
    /** How a completion ends by itself. */
    static final String STOP = "stop";

    /** States that nothing leaves by itself. */
    private static final Set<String> FINAL = Set.of(
            "completed",
            "succeeded",
            "failed",
            "cancelled",
            "canceled",
            "expired",
            "incomplete",
            "processed",
            "error",
            "deleted",
            "archived",
            "active");

    private Fitness() {}

    /** Of a whole answer to a metered call. */
    static boolean of(Kind kind, Reading said) {
        return said.fit() && (kind == Kind.EMBEDDING || said.finishReason().equals(Optional.of(STOP)));
    }

    /** Of a metered answer that nobody has read on its way. */
    static boolean of(Kind kind, boolean stream, byte[] body) {
        try {
            return stream ? ofStream(kind, body) : of(kind, Reading.of(kind, body, 0, body.length));
        } catch (Problem none) {
            return false;
        }
    }

    private static boolean ofStream(Kind kind, byte[] body) {
        var splitter = new EventSplitter();
        List<byte[]> events = new ArrayList<>(splitter.feed(body));
        events.add(splitter.rest());
        boolean fit = true;
        Optional<String> finish = Optional.empty();
        for (byte[] event : events) {
            byte[] data = Meter.data(event);
            if (Meter.isDone(data)) {
                return fit && finish.equals(Optional.of(STOP));
            }
            if (data.length > 0) {
                Reading said = Reading.of(kind, data, 0, data.length);
                fit &= said.fit();
                finish = said.finishReason().isPresent() ? said.finishReason() : finish;
            }
        }
        return false;
    }

    /** Of what a GET tells. */
    static boolean isSettled(String contentType, byte[] body) {
        if (!contentType.toLowerCase(Locale.ROOT).startsWith("application/json")) {
            return true;
        }
        try (JsonParser parser = JSON.createParser(body)) {
            for (JsonToken token = parser.nextToken(); token != null; token = parser.nextToken()) {
                if (token == JsonToken.FIELD_NAME
                        && parser.currentName().equals("status")
                        && parser.nextToken() == JsonToken.VALUE_STRING
                        && !FINAL.contains(parser.getText())) {
                    return false;
                }
            }
            return true;
        } catch (IOException malformed) {
            return false;
        }
    }
}
