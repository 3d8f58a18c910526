package gptbroker.cache;

import gptbroker.cache.Flight.Landing;
import gptbroker.config.BrokerConfig;
import gptbroker.http.Exchange;
import gptbroker.ops.Meters;
import gptbroker.store.RedisConnections;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import org.jspecify.annotations.Nullable;

/**
 * Known? Looks for an answer that was given before, and lets calls for the same answer wait for the one that asks.
 * What an answer depends on, and which answers may be kept, is the dialects' to say; that a caller may have it at all
 * has been decided before.
 *
 * <p>Calls of one process share; each replica asks for itself. A cache that fails is one that knows nothing.
 *
 * <p>Thread-safe.
 */
public final class ResponseCache implements AutoCloseable {
    /** How long a call waits for another's answer before it asks for itself. */
    private static final Duration WAIT = Duration.ofSeconds(30);
    /** How often one of those who wait takes over; if that fails too, it is the provider, and all ask. */
    private static final int MOST_TAKEOVERS = 1;
    /** An answer larger than this is not kept. */
    private static final int LARGEST = 256 * 1024;

    private final BrokerConfig.Cache config;
    private final Store store;
    private final InstantSource clock;
    private final CacheMeters meters;
    private final ConcurrentMap<String, Flight> flights = new ConcurrentHashMap<>();

    ResponseCache(BrokerConfig.Cache config, Store store, Meters meters, InstantSource clock) {
        this.config = config;
        this.store = store;
        this.clock = clock;
        this.meters = new CacheMeters(meters);
    }

    /**
     * In memory, or in Redis when there is an address; Redis may be away.
     *
     * @param prefix of the keys in Redis, one per tenant
     */
    public static ResponseCache open(BrokerConfig.Cache config, String prefix, Meters meters, InstantSource clock) {
        Store store = config.isOn() && config.redisUrl().isPresent()
                ? new RedisStore(new RedisConnections(config.redisUrl().get()), prefix, config.redisTimeout(), meters)
                : new MemoryStore(config.maxBytes(), meters, System::nanoTime);
        return new ResponseCache(config, store, meters, clock);
    }

    /** How it is configured. */
    public BrokerConfig.Cache config() {
        return config;
    }

    /**
     * Looks for an answer as the request's header allows, and says in the answer's head what came of it. When another
     * call asks for the same answer at this moment, waits for that one, 30 s at most.
     *
     * @throws InterruptedException while waiting for another call
     */
    public Found look(Exchange exchange, Key key) throws InterruptedException {
        if (!config.isOn()) {
            return Found.NOT_LOOKED_FOR;
        }
        return switch (Wish.of(exchange)) {
            case LOOK -> known(exchange, key);
            case REFRESH -> {
                bypass(exchange);
                yield new Found.Unknown(new Leading(key, store.look(key).token(), null));
            }
            case BYPASS -> bypass(exchange);
        };
    }

    /** Says in the answer's head that it is none to be kept. */
    public Found bypass(Exchange exchange) {
        if (config.isOn()) {
            tell(exchange, CacheMeters.Outcome.BYPASS);
        }
        return Found.NOT_LOOKED_FOR;
    }

    /** Drops every answer that bears the tag, on all replicas when they share a Redis. */
    public void drop(String tag) {
        if (config.isOn()) {
            store.drop(tag);
        }
    }

    /** Drops all answers. */
    public void clear() {
        store.clear();
    }

    /** What it holds and has done since the start. */
    public CacheStats stats() {
        return meters.stats(store.size());
    }

    @Override
    public void close() {
        store.close();
    }

    private Found known(Exchange exchange, Key key) throws InterruptedException {
        Optional<Stored> near = store.near(key);
        if (near.isPresent()) {
            return hit(exchange, near.get());
        }
        long deadline = System.nanoTime() + WAIT.toNanos();
        for (int takeovers = 0; takeovers <= MOST_TAKEOVERS; takeovers++) {
            var mine = new Flight();
            Flight running = flights.putIfAbsent(key.digest(), mine);
            if (running == null) {
                return lead(exchange, key, mine);
            }
            switch (running.await(deadline)) {
                case Landing.Arrived(Stored stored) -> {
                    return hit(exchange, stored);
                }
                case Landing.Lost ignored -> {
                    // The next round: whoever is first takes over.
                }
                case Landing.Unfit ignored -> {
                    return miss(exchange, Lead.NONE);
                }
                case Landing.Late ignored -> {
                    return miss(exchange, Lead.NONE);
                }
            }
        }
        return miss(exchange, Lead.NONE);
    }

    private Found lead(Exchange exchange, Key key, Flight flight) {
        Landing landing = new Landing.Lost();
        boolean asks = false;
        try {
            Store.Look look = store.look(key);
            if (look.stored().isPresent()) {
                landing = new Landing.Arrived(look.stored().get());
                return hit(exchange, look.stored().get());
            }
            Found unknown = miss(exchange, new Leading(key, look.token(), flight));
            asks = true;
            return unknown;
        } finally {
            if (!asks) {
                land(key, flight, landing);
            }
        }
    }

    private void land(Key key, Flight flight, Landing landing) {
        // Away first: whoever finds no flight any more must find the answer.
        flights.remove(key.digest(), flight);
        flight.land(landing);
    }

    private Found hit(Exchange exchange, Stored stored) {
        tell(exchange, CacheMeters.Outcome.HIT);
        Instant at = stored.at();
        exchange.header(
                "Age",
                Long.toString(Math.max(0, Duration.between(at, clock.instant()).toSeconds())));
        exchange.header("X-Cache-Timestamp", at.truncatedTo(ChronoUnit.SECONDS).toString());
        return new Found.Known(stored.kept());
    }

    private Found miss(Exchange exchange, Lead lead) {
        tell(exchange, CacheMeters.Outcome.MISS);
        return new Found.Unknown(lead);
    }

    private void tell(Exchange exchange, CacheMeters.Outcome outcome) {
        meters.count(outcome);
        exchange.header("X-Cache", outcome.name());
        exchange.trace().cache(outcome.label());
    }

    /** Asks, and hands its answer to the store and to those who wait, if it has any. */
    private final class Leading implements Lead {
        private final Key key;
        private final String token;
        private final @Nullable Flight flight;

        Leading(Key key, String token, @Nullable Flight flight) {
            this.key = key;
            this.token = token;
            this.flight = flight;
        }

        @Override
        public boolean wants(long bytes) {
            return bytes <= LARGEST;
        }

        @Override
        public void keep(Kept kept, Duration ttl) {
            if (ttl.isZero() || !wants(kept.body().length) || !wants(kept.text().length())) {
                unfit();
                return;
            }
            var stored = new Stored(kept, clock.instant(), ttl);
            store.put(key, stored, token);
            land(new Landing.Arrived(stored));
        }

        @Override
        public void unfit() {
            land(new Landing.Unfit());
        }

        @Override
        public void close() {
            land(new Landing.Lost());
        }

        private void land(Landing landing) {
            if (flight != null) {
                ResponseCache.this.land(key, flight, landing);
            }
        }
    }
}
