package gptbroker;

import gptbroker.config.BrokerConfig;
import gptbroker.dev.DataDir;
import gptbroker.dev.EmbeddedPostgres;
import gptbroker.dev.EmbeddedRedis;
import java.util.ArrayDeque;
import java.util.Deque;

/** The stores that have no address configured, as child processes under {@code DATA_DIR}. */
final class EmbeddedStores implements AutoCloseable {
    private final Deque<Runnable> running = new ArrayDeque<>();
    private BrokerConfig config;

    private EmbeddedStores(BrokerConfig config) {
        this.config = config;
    }

    /** Starts what is missing; what was started is stopped again when one of them cannot be. */
    static EmbeddedStores start(BrokerConfig config) {
        var stores = new EmbeddedStores(config);
        try {
            stores.startMissing();
            return stores;
        } catch (RuntimeException e) {
            stores.close();
            throw e;
        }
    }

    private void startMissing() {
        if (config.redis().url().isPresent() && config.database().url().isPresent()) {
            return;
        }
        var data = DataDir.open(config.dev().dataDir());
        running.push(data::close);
        if (config.redis().url().isEmpty()) {
            var redis = EmbeddedRedis.start(data);
            running.push(redis::close);
            config = config.withRedis(redis.url());
        }
        if (config.database().url().isEmpty()) {
            var postgres = EmbeddedPostgres.start(data);
            running.push(postgres::close);
            config = config.withDatabase(postgres.url());
        }
    }

    /** The configuration with every address known. */
    BrokerConfig config() {
        return config;
    }

    @Override
    public void close() {
        while (!running.isEmpty()) {
            running.pop().run();
        }
    }
}
