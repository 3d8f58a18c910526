package gptbroker.store;

import gptbroker.config.Secret;
import java.net.URI;
import java.time.Duration;
import redis.clients.jedis.DefaultJedisClientConfig;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.SslOptions;
import redis.clients.jedis.util.JedisURIHelper;

/** Opens connections to one Redis, every one with explicit time-outs. Thread-safe; the connections are not. */
public final class RedisConnections {
    private static final int CONNECT_MILLIS = 1_000;

    private final HostAndPort address;
    private final URI uri;

    /** For a {@code redis://[user[:password]@]host:port[/db]} or {@code rediss://} address. */
    public RedisConnections(Secret url) {
        // "redis://:@host" means no password, as the seed's README writes it.
        this.uri = URI.create(url.reveal().replace("://:@", "://"));
        this.address = new HostAndPort(uri.getHost(), uri.getPort() < 0 ? 6379 : uri.getPort());
    }

    /**
     * Opens a connection.
     *
     * @param name shown by {@code CLIENT LIST}
     * @param readTimeout of one reply; blocking commands need more than they block
     * @throws redis.clients.jedis.exceptions.JedisConnectionException when Redis does not answer
     */
    public Jedis open(String name, Duration readTimeout) {
        var client = DefaultJedisClientConfig.builder()
                .connectionTimeoutMillis(CONNECT_MILLIS)
                .socketTimeoutMillis((int) readTimeout.toMillis())
                .blockingSocketTimeoutMillis((int) readTimeout.toMillis())
                .user(JedisURIHelper.getUser(uri))
                .password(JedisURIHelper.getPassword(uri))
                .database(JedisURIHelper.getDBIndex(uri))
                .clientName(name)
                .serverDefaultProtocol();
        if (JedisURIHelper.isRedisSSLScheme(uri)) {
            client.sslOptions(SslOptions.defaults());
        }
        var jedis = new Jedis(address, client.build());
        jedis.connect();
        return jedis;
    }
}
