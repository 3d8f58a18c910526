package gptbroker.http;

import com.sun.management.UnixOperatingSystemMXBean;
import gptbroker.config.BrokerConfig;
import gptbroker.ops.Health;
import gptbroker.ops.Meters;
import io.helidon.http.DirectHandler;
import io.helidon.webserver.WebServer;
import io.helidon.webserver.http.DirectHandlers;
import io.helidon.webserver.http.HttpRouting;
import io.helidon.webserver.http1.Http1Config;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The public and the internal listener. Start once, {@link #drain} for a clean end, then {@link #close}.
 *
 * <p>Two servers, so that neither load nor a drain of the public one touches the internal one.
 */
public final class BrokerServer implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(BrokerServer.class);
    private static final int MAX_URI = 16 * 1024;
    private static final int MAX_HEADERS = 32 * 1024;
    private static final int INTERNAL_CONNECTIONS = 256;
    private static final int INTERNAL_REQUESTS = 64;
    private static final Duration SWEEP = Duration.ofMillis(100);
    /** Longer than a proxy's own minute, so that it is the proxy that closes: our closing would race its next use. */
    private static final Duration IDLE = Duration.ofSeconds(75);
    /** For interrupted requests: to tell the client, and to settle. */
    private static final Duration LAST_WORDS = Duration.ofSeconds(3);

    /** Who calls the public listener: programs are told nothing of cross-origin rules, so that no web page may. */
    public enum Audience {
        BROWSERS,
        PROGRAMS
    }

    private final BrokerConfig.Listen listen;
    private final Health health;
    private final Watchdog watchdog = new Watchdog(System::nanoTime, SWEEP);
    private final Watchdog internalWatchdog = new Watchdog(System::nanoTime, SWEEP);
    private final RequestIds ids = new RequestIds(InstantSource.system());
    private final WebServer publicServer;
    private final WebServer internalServer;

    /**
     * Builds both listeners; nothing is bound before {@link #start}.
     *
     * @param publicRoutes for everyone; {@link Access#OPERATOR} and {@link Access#ADMIN} routes among them need the
     *     admin key
     * @param internalRoutes for whoever can reach the internal listener; {@link Access#ADMIN} routes need the key there
     *     too
     * @param operator whether these {@code Authorization} lines show the admin key
     * @param addressLimit by client address: empty when it may go on, else how long to wait; quick and thread-safe
     * @param health told when the drain begins
     * @throws IllegalArgumentException when {@code TRUSTED_PROXIES} holds something else than CIDR blocks
     */
    public BrokerServer(
            BrokerConfig.Listen listen,
            List<Route> publicRoutes,
            List<Route> internalRoutes,
            Predicate<List<String>> operator,
            Function<String, Optional<Duration>> addressLimit,
            Meters meters,
            Health health) {
        this(listen, Audience.BROWSERS, publicRoutes, internalRoutes, operator, addressLimit, meters, health);
    }

    /** As above, for another audience. */
    public BrokerServer(
            BrokerConfig.Listen listen,
            Audience audience,
            List<Route> publicRoutes,
            List<Route> internalRoutes,
            Predicate<List<String>> operator,
            Function<String, Optional<Duration>> addressLimit,
            Meters meters,
            Health health) {
        this(
                listen,
                audience,
                publicRoutes,
                internalRoutes,
                operator,
                addressLimit,
                meters,
                health,
                RequestObserver.NONE);
    }

    /**
     * As above.
     *
     * @param observer told of every public request when it has ended
     */
    public BrokerServer(
            BrokerConfig.Listen listen,
            Audience audience,
            List<Route> publicRoutes,
            List<Route> internalRoutes,
            Predicate<List<String>> operator,
            Function<String, Optional<Duration>> addressLimit,
            Meters meters,
            Health health,
            RequestObserver observer) {
        this.listen = listen;
        this.health = health;
        RequestMetrics metrics = new RequestMetrics(meters);
        Room room = Room.inHeap(listen.maxRequests());
        meters.gauge("gpt_broker_body_bytes", "Bytes of the large bodies of requests being served", room::bytes);
        Cors cors = audience == Audience.BROWSERS ? Cors.open(listen.corsOrigins()) : Cors.none();
        Dispatcher open = new Dispatcher(new Router(publicRoutes), cors, operator, false, addressLimit);
        Dispatcher internal =
                new Dispatcher(new Router(internalRoutes), Cors.none(), operator, true, address -> Optional.empty());
        ClientAddress clientAddress = new ClientAddress(listen.trustedProxies());
        var publicHeads = new HeadDeadline(watchdog, listen.bodyTimeout());
        var internalHeads = new HeadDeadline(internalWatchdog, listen.bodyTimeout());
        publicServer = server(
                listen.host(),
                listen.port(),
                affordable(listen.maxConnections()),
                publicHeads,
                new DirectAnswers(cors, ids, metrics),
                new Gate(listen, room, open, cors, clientAddress, ids, publicHeads, metrics, observer));
        internalServer = server(
                listen.internalHost(),
                listen.internalPort(),
                INTERNAL_CONNECTIONS,
                internalHeads,
                new DirectAnswers(Cors.none(), ids, null),
                new Gate(
                        listen,
                        Room.inHeap(INTERNAL_REQUESTS),
                        internal,
                        Cors.none(),
                        clientAddress,
                        ids,
                        internalHeads,
                        null,
                        RequestObserver.NONE));
    }

    /**
     * Binds both listeners and serves.
     *
     * @throws IllegalStateException when a port cannot be bound; nothing is left open then
     */
    public void start() {
        watchdog.start();
        internalWatchdog.start();
        try {
            bind(internalServer, listen.internalHost(), listen.internalPort(), "INTERNAL_PORT");
            bind(publicServer, listen.host(), listen.port(), "PORT");
            LOG.info(
                    "listening on {}:{}, internal {}:{}",
                    listen.host(),
                    publicPort(),
                    listen.internalHost(),
                    internalPort());
        } catch (IllegalStateException e) {
            close();
            throw e;
        }
    }

    /** The bound public port; -1 when not running. */
    public int publicPort() {
        return publicServer.port();
    }

    /** The bound internal port; -1 when not running. */
    public int internalPort() {
        return internalServer.port();
    }

    /** Whether the broker is on its way out. */
    public Supplier<Boolean> draining() {
        return health::draining;
    }

    /**
     * Ends the public listener without breaking a request: not ready but serving for {@code DRAIN_DELAY}, so that load
     * balancers can look away; then no new connections, {@code DRAIN_TIMEOUT} for running requests, and an interrupt
     * for the rest. The internal listener goes on. Blocks until done.
     *
     * @throws InterruptedException when interrupted while still serving; {@link #close} then ends at once
     */
    public void drain() throws InterruptedException {
        health.drain();
        LOG.info("draining: serving for another {} s", listen.drainDelay().toSeconds());
        Thread.sleep(listen.drainDelay());
        // They would hold up the end of the others, and their clients can go on elsewhere.
        watchdog.interruptOpenEnded();
        Thread interrupter = Thread.ofVirtual().name("drain").start(this::interruptLate);
        publicServer.stop();
        interrupter.interrupt();
        LOG.info("drained");
    }

    /** Ends both listeners at once: running requests are interrupted and have some seconds for their last words. */
    @Override
    public void close() {
        health.drain();
        watchdog.interruptAll(Deadline.Cause.DRAIN);
        publicServer.stop();
        internalWatchdog.interruptAll(Deadline.Cause.DRAIN);
        internalServer.stop();
        watchdog.close();
        internalWatchdog.close();
    }

    private void interruptLate() {
        try {
            Thread.sleep(listen.drainTimeout());
            LOG.warn("drain timeout: interrupted {} requests", watchdog.interruptAll(Deadline.Cause.DRAIN));
        } catch (InterruptedException drained) {
            // All requests have ended.
        }
    }

    private WebServer server(
            String host, int port, int maxConnections, HeadDeadline heads, DirectHandler direct, Gate gate) {
        DirectHandlers.Builder handlers = DirectHandlers.builder();
        for (DirectHandler.EventType type : DirectHandler.EventType.values()) {
            handlers.addHandler(type, direct);
        }
        return WebServer.builder()
                .host(host)
                .port(port)
                .featuresDiscoverServices(false)
                .protocolsDiscoverServices(false)
                .addProtocol(Http1Config.builder()
                        .maxPrologueLength(MAX_URI)
                        .maxHeadersSize(MAX_HEADERS)
                        .continueImmediately(true)
                        // One of each alone: Helidon 4.5 tells none of several.
                        .addReceiveListener(heads)
                        .addSendListener(new NoContentHead())
                        .build())
                .maxTcpConnections(maxConnections)
                .idleConnectionTimeout(IDLE)
                .idleConnectionPeriod(IDLE.dividedBy(4))
                .connectionOptions(socket -> socket.tcpNoDelay(true))
                .shutdownHook(false)
                .shutdownGracePeriod(listen.drainTimeout().plus(LAST_WORDS))
                .directHandlers(handlers.build())
                .routing(routing -> routes(routing, gate))
                .build();
    }

    /** The gate answers everything; the error handlers are for what would slip past it, and answer plainly. */
    private static void routes(HttpRouting.Builder routing, Gate gate) {
        routing.addFilter(gate);
        routing.error(Throwable.class, (request, response, failure) -> {
            LOG.error("past the gate: {}", Failures.describe(failure));
            response.status(500).send();
        });
    }

    /** Helidon's listener ends for good when accept runs out of file descriptors, so connections must not use them up. */
    private static int affordable(int connections) {
        if (ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean system) {
            long limit = system.getMaxFileDescriptorCount();
            long most = Math.max(16, limit / 2);
            if (most < connections) {
                LOG.warn("MAX_CONNECTIONS is {}, but {} file descriptors allow {}", connections, limit, most);
                return (int) most;
            }
        }
        return connections;
    }

    private static void bind(WebServer server, String host, int port, String name) {
        // Helidon only logs a failed bind.
        if (!server.start().isRunning()) {
            throw new IllegalStateException(
                    "cannot listen on " + host + ":" + port + " (" + name + "): taken, or not allowed");
        }
    }
}
