package gptbroker.live;

import gptbroker.http.ClientGone;
import gptbroker.http.WebSocket;
import gptbroker.live.Heard.Frame;
import gptbroker.live.Heard.Gap;
import java.nio.charset.StandardCharsets;

/**
 * A WebSocket: each frame is a text message, as it was published. A client that means to come back asks for ids, which
 * then stand in front: {@code {"id":"…",…}}.
 */
final class SocketLine implements Line {
    private static final byte[] GAP = "{\"gap\":true}".getBytes(StandardCharsets.US_ASCII);

    private final WebSocket socket;
    private final boolean ids;

    SocketLine(WebSocket socket, boolean ids) {
        this.socket = socket;
        this.ids = ids;
    }

    @Override
    public void send(Heard heard) throws ClientGone {
        switch (heard) {
            case Frame frame -> socket.send(ids ? withId(frame) : frame.body());
            case Gap() -> {
                if (ids) {
                    socket.send(GAP);
                }
            }
        }
    }

    @Override
    public void ping() throws ClientGone {
        socket.ping();
    }

    @Override
    public boolean tend() throws ClientGone {
        return socket.tend();
    }

    @Override
    public void end(End why) throws ClientGone {
        socket.close(why == End.DENIED ? WebSocket.POLICY : WebSocket.GOING_AWAY);
    }

    /** The body is a JSON object with at least one member. */
    private static byte[] withId(Frame frame) {
        byte[] id = ("{\"id\":\"" + frame.id() + "\",").getBytes(StandardCharsets.US_ASCII);
        byte[] body = frame.body();
        byte[] whole = new byte[id.length + body.length - 1];
        System.arraycopy(id, 0, whole, 0, id.length);
        System.arraycopy(body, 1, whole, id.length, body.length - 1);
        return whole;
    }
}
