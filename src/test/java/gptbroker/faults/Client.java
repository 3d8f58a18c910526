package gptbroker.faults;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import gptbroker.faults.Plan.Leave;
import gptbroker.faults.Seen.End;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.UUID;

/** One request over a connection, and the record of what came back. */
final class Client {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int MOST_PIECES = 8;

    private final Wire wire;
    private final Plan plan;
    private final Seen seen;
    private String line = "";
    private boolean told;
    private boolean done;

    Client(Wire wire, Seen seen) {
        this.wire = wire;
        this.plan = seen.plan;
        this.seen = seen;
    }

    /** Does it; true when the connection may be used again. */
    boolean perform(String token) {
        try {
            if (!send(plan.request(token))) {
                return false;
            }
            readHead();
            readBody();
            seen.end = told || plan.form() == Plan.Form.SSE && seen.status == 200 && !done ? End.TOLD : End.COMPLETE;
            return seen.status == 200 && plan.leave() == Leave.NEVER;
        } catch (SocketTimeoutException e) {
            seen.end = End.HUNG;
        } catch (IOException e) {
            if (seen.end != End.LEFT) {
                seen.end = seen.status == 0 ? End.NONE : told ? End.TOLD : End.CUT;
            }
        } finally {
            seen.over();
        }
        return false;
    }

    private boolean send(List<byte[]> request) throws IOException {
        wire.send(request.getFirst());
        if (plan.leave() == Leave.BEFORE_BODY) {
            leave();
            return false;
        }
        wire.send(request.getLast());
        if (plan.leave() == Leave.AFTER_REQUEST) {
            leave();
            return false;
        }
        if (plan.leave() == Leave.HALF_CLOSE) {
            wire.finish();
        }
        return true;
    }

    private void leave() throws IOException {
        seen.end = End.LEFT;
        wire.leave(plan.reset());
    }

    private void readHead() throws IOException {
        wire.readHead();
        wire.header("x-request-id").map(UUID::fromString).ifPresent(id -> seen.id = Optional.of(id));
        seen.code = wire.header("x-error-code");
        seen.status = wire.status();
    }

    private void readBody() throws IOException {
        int pieces = 0;
        var whole = new StringBuilder();
        for (byte[] piece = wire.piece(); piece.length > 0; piece = wire.piece()) {
            seen.bytes += piece.length;
            whole.append(new String(piece, UTF_8));
            if (seen.status == 200 && plan.form().streams()) {
                lines(new String(piece, UTF_8));
            }
            if (plan.leave() == Leave.IN_ANSWER && ++pieces > plan.nonce().charAt(0) % MOST_PIECES) {
                leave();
                throw new IOException("left");
            }
        }
        seen.raw = whole.toString();
        if (seen.status == 200 && !plan.form().streams()) {
            seen.text.append(
                    whole.toString().startsWith("{")
                            ? JSON.readTree(whole.toString()).path("message").asText()
                            : whole.toString());
        }
    }

    /** The scripted model speaks ASCII, so that no piece ends within a character. */
    private void lines(String piece) throws IOException {
        line += piece;
        for (int end = line.indexOf('\n'); end >= 0; end = line.indexOf('\n')) {
            event(line.substring(0, end).strip());
            line = line.substring(end + 1);
        }
    }

    private void event(String text) throws IOException {
        String data =
                text.startsWith("data:") ? text.substring("data:".length()).strip() : text;
        if (data.equals("[DONE]")) {
            done = true;
        } else if (data.startsWith("{")) {
            JsonNode event = JSON.readTree(data);
            told |= event.has("error");
            seen.text.append(event.path("data").asText(""));
            seen.arrived();
        } else if (!data.isEmpty() && !data.startsWith(":")) {
            throw new IOException("not a line of a stream: " + data.toLowerCase(Locale.ROOT));
        }
    }
}
