package gptbroker.http;

import io.helidon.common.buffers.DataReader;
import org.jspecify.annotations.Nullable;

/**
 * Reads what a client says on a WebSocket and forgets it, but for pings and its goodbye. It is held to RFC 6455 and to
 * small frames; what breaks the rules ends the connection with the code that the RFC gives it.
 *
 * <p>Runs on a thread of its own, which ends with the connection; the fields are read by the writing one.
 */
final class WebSocketReader implements Runnable {
    static final int NORMAL = 1000;
    static final int PROTOCOL_ERROR = 1002;
    static final int POLICY = 1008;
    static final int TOO_BIG = 1009;

    private static final int LARGEST = 512;
    private static final int LARGEST_CONTROL = 125;
    /** More frames within a second are a flood. */
    private static final int MOST_PER_SECOND = 50;

    private static final long SECOND = 1_000_000_000;

    private final DataReader in;
    private final Runnable news;
    private boolean inMessage;
    private int messageBytes;
    private long second;
    private int frames;
    private volatile long heard = System.nanoTime();
    private volatile byte @Nullable [] ping;
    private volatile int goodbye;
    private volatile boolean gone;

    WebSocketReader(DataReader in, Runnable news) {
        this.in = in;
        this.news = news;
    }

    /** {@link System#nanoTime} of the last frame. */
    long heard() {
        return heard;
    }

    /** What is to be answered with a pong, once; the latest ping counts. */
    byte @Nullable [] ping() {
        byte[] asked = ping;
        ping = null;
        return asked;
    }

    /** The code to say goodbye with; 0 while the client has not ended it. */
    int goodbye() {
        return goodbye;
    }

    /** Whether nobody is there any more. */
    boolean gone() {
        return gone;
    }

    @Override
    public void run() {
        try {
            while (goodbye == 0) {
                read();
            }
        } catch (RuntimeException closed) {
            // Whatever the library throws when the connection ends, by either side.
            gone = true;
        }
        news.run();
    }

    private void read() {
        int first = in.read() & 0xff;
        int second = in.read() & 0xff;
        boolean last = first >= 0x80;
        int code = first & 0x0f;
        long length = length(second & 0x7f);
        boolean control = code >= 8;
        if ((first & 0x70) != 0 || second < 0x80 || !isKnown(code) || control && (!last || length > LARGEST_CONTROL)) {
            end(PROTOCOL_ERROR);
        } else if (length > LARGEST || !control && length + messageBytes > LARGEST) {
            end(TOO_BIG);
        } else if (isFlood()) {
            end(POLICY);
        } else {
            byte[] mask = in.readBytes(4);
            byte[] payload = length == 0 ? new byte[0] : in.readBytes((int) length);
            heard = System.nanoTime();
            take(code, last, mask, payload);
        }
    }

    private long length(int given) {
        int bytes = given == 126 ? 2 : given == 127 ? 8 : 0;
        if (bytes == 0) {
            return given;
        }
        long length = 0;
        for (int i = 0; i < bytes; i++) {
            length = length << 8 | in.read() & 0xff;
        }
        // The topmost bit must not be set.
        return length < 0 ? Long.MAX_VALUE : length;
    }

    private static boolean isKnown(int code) {
        return code <= 2 || code >= 8 && code <= 10;
    }

    private boolean isFlood() {
        long now = System.nanoTime();
        if (now - second > SECOND) {
            second = now;
            frames = 0;
        }
        return ++frames > MOST_PER_SECOND;
    }

    private void take(int code, boolean last, byte[] mask, byte[] payload) {
        switch (code) {
            case 8 -> end(payload.length == 1 ? PROTOCOL_ERROR : NORMAL);
            case 9 -> {
                for (int i = 0; i < payload.length; i++) {
                    payload[i] ^= mask[i % 4];
                }
                ping = payload;
                news.run();
            }
            case 10 -> {
                // That it came is all there is to a pong.
            }
            default -> {
                if (inMessage != (code == 0)) {
                    end(PROTOCOL_ERROR);
                }
                inMessage = !last;
                messageBytes = last ? 0 : messageBytes + payload.length;
            }
        }
    }

    private void end(int code) {
        goodbye = code;
    }
}
