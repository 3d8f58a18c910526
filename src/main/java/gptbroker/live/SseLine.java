package gptbroker.live;

import gptbroker.http.AnswerStream;
import gptbroker.http.ClientGone;
import gptbroker.http.Exchange;
import gptbroker.live.Heard.Frame;
import gptbroker.live.Heard.Gap;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;

/** Server-sent events. Its end is always one that an {@code EventSource} comes back from. */
final class SseLine implements Line {
    /** Headers leave with the first bytes; these also tell how soon to come back. */
    private static final byte[] BEGIN = ascii("retry: 2000\n\n");

    private static final byte[] PING = ascii(": ping\n\n");
    private static final byte[] GAP = ascii("event: gap\ndata: {}\n\n");
    private static final byte[] DATA = ascii("\ndata: ");
    private static final byte[] END = ascii("\n\n");

    private final AnswerStream out;

    SseLine(Exchange exchange) throws ClientGone {
        exchange.header("Cache-Control", "no-cache");
        exchange.header("X-Accel-Buffering", "no");
        out = exchange.stream(200, "text/event-stream");
        write(BEGIN);
    }

    @Override
    public void send(Heard heard) throws ClientGone {
        switch (heard) {
            case Frame frame -> write(event(frame));
            case Gap() -> write(GAP);
        }
    }

    @Override
    public void ping() throws ClientGone {
        write(PING);
    }

    @Override
    public boolean tend() {
        return true;
    }

    @Override
    public void end(End why) {
        // The listener ends the answer.
    }

    private static byte[] event(Frame frame) {
        var event = new ByteArrayOutputStream(frame.body().length + 64);
        event.writeBytes(ascii("id: " + frame.id()));
        event.writeBytes(DATA);
        for (byte b : frame.body()) {
            if (b == '\n') {
                event.writeBytes(DATA);
            } else {
                event.write(b);
            }
        }
        event.writeBytes(END);
        return event.toByteArray();
    }

    private void write(byte[] bytes) throws ClientGone {
        out.write(bytes);
        out.flush();
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
