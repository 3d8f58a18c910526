package gptbroker.http;

import java.io.IOException;

/** A write showed that the client has left, or that it stopped reading for longer than the write timeout. */
public final class ClientGone extends IOException {
    private static final long serialVersionUID = 1L;

    ClientGone(Throwable cause) {
        super("the client has left", cause);
    }
}
