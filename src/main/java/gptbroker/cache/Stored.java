package gptbroker.cache;

import java.time.Duration;
import java.time.Instant;

/**
 * A kept answer with its time.
 *
 * @param at when it was stored
 * @param ttl how long it may be given
 */
record Stored(Kept kept, Instant at, Duration ttl) {}
