package gptbroker;

import gptbroker.config.BrokerConfig;
import gptbroker.config.Secret;
import gptbroker.ops.Meters;
import gptbroker.store.Database;
import gptbroker.store.RedisConnections;
import java.time.InstantSource;
import java.util.Optional;

/** What every part of a broker stands on. */
record Foundation(BrokerConfig config, RedisConnections redis, Database database, Meters meters, InstantSource clock) {

    /** @param config with the addresses of Redis and Postgres filled in */
    static Foundation of(BrokerConfig config) {
        Early<Meters> meters = Early.begin(Meters::new);
        var redis = new RedisConnections(required(config.redis().url(), "REDIS_URL"));
        var database = new Database(
                required(config.database().url(), "DATABASE_URL"),
                config.database().poolSize(),
                config.database().migrate());
        return new Foundation(config, redis, database, meters.get(), InstantSource.system());
    }

    private static Secret required(Optional<Secret> address, String name) {
        return address.orElseThrow(() -> new IllegalArgumentException(name + " is not known"));
    }
}
