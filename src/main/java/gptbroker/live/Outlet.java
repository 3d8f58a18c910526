package gptbroker.live;

import gptbroker.http.AnswerStream;
import gptbroker.http.ClientGone;
import gptbroker.http.Exchange;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The client's side of a streamed answer. The response begins with the first write. What is drained is recorded, and goes
 * on when the client has left; its events then carry numbers as their ids. For one thread.
 */
public final class Outlet {
    private final Exchange exchange;
    private final Recording.Head head;
    private final Runnable beforeHead;
    private final @Nullable Supplier<Optional<Recording>> recorder;
    private @Nullable Recording recording;
    private @Nullable AnswerStream out;
    private boolean left;

    Outlet(
            Exchange exchange,
            Recording.Head head,
            Runnable beforeHead,
            @Nullable Supplier<Optional<Recording>> recorder) {
        this.exchange = exchange;
        this.head = head;
        this.beforeHead = beforeHead;
        this.recorder = recorder;
    }

    /** Whether the client may have got something. */
    public boolean begun() {
        return out != null;
    }

    /**
     * Sends one frame: an event with its blank line, or a line.
     *
     * @throws ClientGone when the client has left, unless the answer is drained
     */
    public void write(byte[] frame) throws ClientGone {
        begin();
        byte[] whole = frame;
        if (recording != null) {
            whole = head.isEvents() ? numbered(frame, recording.next()) : frame;
            recording.frame(whole);
        }
        send(whole);
    }

    /** Sends what is no part of the answer and not kept, such as a comment. */
    public void comment(byte[] comment) throws ClientGone {
        begin();
        send(comment);
    }

    /** Notes that all has been said; without it a resumed answer ends as interrupted. */
    public void end() {
        if (recording != null) {
            recording.end();
        }
    }

    /** Begins the response, unless it has begun. */
    public void begin() {
        if (out == null) {
            beforeHead.run();
            exchange.header("Cache-Control", "no-cache, no-transform");
            exchange.header("X-Accel-Buffering", "no");
            if (recorder != null) {
                recording = recorder.get().orElse(null);
            }
            out = exchange.stream(200, head.contentType());
        }
    }

    private void send(byte[] bytes) throws ClientGone {
        if (left || out == null) {
            return;
        }
        try {
            out.write(bytes);
            out.flush();
        } catch (ClientGone gone) {
            if (recorder == null) {
                throw gone;
            }
            left = true;
            if (!exchange.goOnAlone()) {
                // Not the client's doing: whoever waits for the provider next is told so.
                Thread.currentThread().interrupt();
            }
        }
    }

    /** A byte order mark may stand before the first event alone; with the id in front it would not be one any more. */
    private static byte[] numbered(byte[] event, long number) {
        boolean marked =
                event.length >= 3 && event[0] == (byte) 0xEF && event[1] == (byte) 0xBB && event[2] == (byte) 0xBF;
        var whole = new ByteArrayOutputStream(event.length + 16);
        whole.writeBytes(("id: " + number + "\n").getBytes(StandardCharsets.US_ASCII));
        whole.write(event, marked ? 3 : 0, event.length - (marked ? 3 : 0));
        return whole.toByteArray();
    }
}
