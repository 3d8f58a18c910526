package gptbroker.live;

import gptbroker.http.ClientGone;

/** The connection to one reader. For its thread. */
interface Line {
    /** Sends what was heard. */
    void send(Heard heard) throws ClientGone;

    /** Keeps the connection from looking dead, and finds out whether it is. */
    void ping() throws ClientGone;

    /** Does what the reader has asked for meanwhile; false when it has ended the connection. */
    boolean tend() throws ClientGone;

    /** Ends it from our side. */
    void end(End why) throws ClientGone;

    /** Why we end it. */
    enum End {
        /** The reader may hear it no more. */
        DENIED,
        /** The broker stops. */
        STOPPING
    }
}
