package gptbroker.cache;

/**
 * What a cache holds and has done since the start of this process. With Redis, the first three are what its server says:
 * keys of the database, memory, evictions.
 *
 * @param entries answers held
 * @param bytes they take up
 * @param evictions answers given up for want of room
 * @param hits requests answered from it, or from a call under way
 * @param misses requests that asked the provider
 * @param bypasses requests that were not looked for
 */
public record CacheStats(long entries, long bytes, long evictions, long hits, long misses, long bypasses) {}
