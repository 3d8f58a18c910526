package gptbroker.cache;

import java.util.Optional;

/**
 * Where answers are kept. Whatever fails in it is an answer that is not there; nothing here throws. Thread-safe.
 *
 * <p>Each look gives a token that stands for the state of the key's tags at that moment; what is put under a token that
 * has become old meanwhile is never given. So an answer that was fetched before a drop cannot come back after it.
 */
interface Store extends AutoCloseable {
    /**
     * What a look has found.
     *
     * @param token to be handed to {@link #put}; empty when nothing can be put
     */
    record Look(Optional<Stored> stored, String token) {}

    /**
     * How full it is.
     *
     * @param entries answers held
     * @param bytes they take up
     * @param evictions answers given up for want of room
     */
    record Size(long entries, long bytes, long evictions) {}

    /** Looks where it costs next to nothing. */
    Optional<Stored> near(Key key);

    /** Looks everywhere, for a bounded time. */
    Look look(Key key);

    /** Keeps an answer for its time at most. */
    void put(Key key, Stored stored, String token);

    /** Drops every answer that bears the tag. */
    void drop(String tag);

    /** Drops all answers. */
    void clear();

    /** Counts, for the operator. */
    Size size();

    @Override
    void close();
}
