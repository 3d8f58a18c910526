package gptbroker.archive;

import java.util.Optional;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.StreamEntryID;

/**
 * One entry of the outbox as it was delivered.
 *
 * @param stream the stream's key
 * @param entryId its place in the stream
 * @param raw the bytes as they came; empty when the entry was deleted meanwhile or never had any
 * @param entry what they mean; null when they mean nothing
 */
record Delivery(
        String stream,
        StreamEntryID entryId,
        byte[] raw,
        @Nullable Entry entry) {
    static final String UNDECODABLE = "undecodable";

    Optional<Entry> decoded() {
        return Optional.ofNullable(entry);
    }

    /** Whether there is something to keep that nobody understands. */
    boolean isUndecodable() {
        return entry == null && raw.length > 0;
    }
}
