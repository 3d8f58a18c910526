package gptbroker.cache;

import java.time.Duration;

/**
 * Who asks for an answer that others may be waiting for. Closing it without a word means that the asking has failed or
 * was given up: then one of those who wait asks instead. Used by the request's thread alone.
 */
public interface Lead extends AutoCloseable {
    /** Nobody waits and nothing is kept. */
    Lead NONE = new Lead() {
        @Override
        public boolean wants(long bytes) {
            return false;
        }

        @Override
        public void keep(Kept kept, Duration ttl) {}

        @Override
        public void unfit() {}

        @Override
        public void close() {}
    };

    /** Whether an answer of this size could be kept; false lets the caller save itself the copy. */
    boolean wants(long bytes);

    /** Keeps a complete answer, and hands it to those who wait; one that is too large is {@link #unfit}. */
    void keep(Kept kept, Duration ttl);

    /** The answer is nobody else's: those who wait ask for themselves. */
    void unfit();

    @Override
    void close();
}
