package gptbroker.openai;

import gptbroker.http.Exchange;
import gptbroker.live.Outlet;
import gptbroker.live.Recording;
import gptbroker.live.Resumes;
import gptbroker.turn.Turn;

/**
 * What a client that leaves a metered stream means for it: {@code V1_ON_DISCONNECT}. Thread-safe.
 *
 * @param drain whether it is read on and can be resumed
 */
public record EventOutlets(Resumes resumes, boolean drain) {
    private static final String TYPE = "text/event-stream; charset=utf-8";
    private static final Recording.Head HEAD = new Recording.Head(
            TYPE,
            "data: {\"error\":{\"message\":\"The answer was interrupted.\",\"type\":\"server_error\",\"param\":null,"
                    + "\"code\":\"interrupted\"}}\n\n");

    /** The client's side of one answer. */
    Outlet open(Exchange exchange, Turn turn, Runnable beforeHead) {
        return drain
                ? resumes.drained(exchange, turn.caller(), HEAD, beforeHead)
                : Resumes.cancelled(exchange, TYPE, beforeHead);
    }
}
