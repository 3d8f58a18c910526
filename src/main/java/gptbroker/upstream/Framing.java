package gptbroker.upstream;

import io.helidon.http.ClientResponseHeaders;
import io.helidon.http.HeaderNames;
import io.helidon.http.HeaderValues;

/** Where an answer's body ends on its connection (RFC 9112 §6). Takes bytes wherever the network cuts them. For one thread. */
interface Framing {
    /** Takes content; the bytes are valid during the call only. */
    interface Sink {
        void bytes(byte[] bytes, int from, int to);
    }

    /**
     * Hands on what is content of these bytes.
     *
     * @return where the body ends in them; their end while it goes on
     * @throws gptbroker.problem.Problem when the framing is broken
     */
    int take(byte[] bytes, int from, int to, Sink sink);

    /** Whether the body is whole. */
    boolean isOver();

    /** Whether the connection's end is the body's. */
    boolean endsWithConnection();

    /**
     * What a head tells.
     *
     * @throws IllegalArgumentException when it tells nonsense
     */
    static Framing of(int status, ClientResponseHeaders headers) {
        if (status == 204 || status == 304) {
            return new Counted(0);
        }
        if (headers.contains(HeaderNames.TRANSFER_ENCODING)) {
            return headers.containsToken(HeaderValues.TRANSFER_ENCODING_CHUNKED)
                    ? new Chunks()
                    : new Counted(Counted.UNKNOWN);
        }
        long length = headers.contentLength().orElse(Counted.UNKNOWN);
        if (length < 0) {
            throw Faults.malformed("a negative length");
        }
        return new Counted(length);
    }

    /** So many bytes, or all that come. */
    final class Counted implements Framing {
        static final long UNKNOWN = Long.MAX_VALUE;

        private final boolean unknown;
        private long left;

        Counted(long length) {
            unknown = length == UNKNOWN;
            left = length;
        }

        @Override
        public int take(byte[] bytes, int from, int to, Sink sink) {
            int end = (int) Math.min(to, from + left);
            left -= end - from;
            if (end > from) {
                sink.bytes(bytes, from, end);
            }
            return end;
        }

        @Override
        public boolean isOver() {
            return left == 0;
        }

        @Override
        public boolean endsWithConnection() {
            return unknown;
        }
    }
}
