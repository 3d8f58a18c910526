package gptbroker.project;

import gptbroker.config.BrokerConfig;
import gptbroker.identity.Caller;
import gptbroker.identity.KeyLookup;
import gptbroker.ops.Meters;
import gptbroker.problem.Problem;
import gptbroker.problem.ProblemCode;
import gptbroker.store.Database;
import gptbroker.store.RedisConnections;
import gptbroker.store.RedisKeys;
import gptbroker.store.RedisPipe;
import java.time.InstantSource;

/**
 * Projects and keys as one part of a broker: who changes them, who looks them up, and what runs behind. Thread-safe;
 * close it when the last request is through.
 */
public final class ProjectKeys implements AutoCloseable {
    private static final int LANES = 1;

    private final RedisPipe pipe;
    private final LastUses lastUses;
    private final KeyDirectory directory;
    private final Projects projects;
    private final ApiKeys keys;

    /**
     * Connects to Redis in the background; either store may be away.
     *
     * @param database stays open, and is its owner's to close after this
     */
    public ProjectKeys(
            BrokerConfig.Redis config,
            RedisConnections connections,
            Database database,
            Meters meters,
            InstantSource clock) {
        pipe = new RedisPipe(connections, LANES, config.timeout(), meters);
        var cache = new KeyCache(pipe, new RedisKeys(config.prefix(), config.partitions()));
        lastUses = new LastUses(database, clock);
        directory = new KeyDirectory(cache, database, lastUses);
        projects = new Projects(database, cache, clock);
        keys = new ApiKeys(database, cache, clock);
    }

    /** Begins to write when keys were last used. */
    public void start() {
        lastUses.start();
    }

    /** Whose a key is. */
    public KeyLookup lookup() {
        return directory;
    }

    /** The projects, for the operator. */
    public Projects projects() {
        return projects;
    }

    /** The keys, for the operator. */
    public ApiKeys keys() {
        return keys;
    }

    /**
     * The project of a caller of this request, without asking any store.
     *
     * @throws Problem 403 {@code access_denied} when the caller has none
     */
    public Project projectOf(Caller caller) {
        return directory
                .projectOf(caller)
                .orElseThrow(() -> Problem.of(ProblemCode.ACCESS_DENIED, "not a project's key"));
    }

    @Override
    public void close() {
        lastUses.close();
        pipe.close();
    }
}
