package gptbroker;

import gptbroker.config.BrokerConfig;
import gptbroker.config.InferenceConfig;
import java.time.Duration;
import java.util.Locale;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The life of a serving process: start, wait for a signal, drain, stop.
 *
 * <p>When the signal comes: (1) not ready, but serving; (2) no new connections, running requests end; (3) the rest is
 * interrupted, told and settled; (4) spill, outbox and connections are closed.
 */
final class Service {
    private static final Logger LOG = LoggerFactory.getLogger(Service.class);
    private static final Duration CLOSE_SLACK = Duration.ofSeconds(30);

    private Service() {}

    /** Told once, when it serves. */
    @FunctionalInterface
    interface Ready<T extends Serving> {
        void serving(T parts) throws Exception;
    }

    /** Serves as a whole broker until a signal comes, and drains. */
    static void run(BrokerConfig config, Shutdown shutdown, Ready<Parts> ready) throws Exception {
        run(config.listen(), () -> new Parts(config), shutdown, parts -> {
            parts.prompts().ifPresent(prompts -> Hangup.does(prompts::reload));
            LOG.info(
                    "serving tenant {} on port {}, operations on port {}",
                    config.tenant(),
                    parts.publicPort(),
                    parts.internalPort());
            sayWhoMayPass(config.v1().auth());
            ready.serving(parts);
        });
    }

    /** Serves as an inference process until a signal comes, and drains. */
    static void run(InferenceConfig config, Shutdown shutdown) throws Exception {
        run(
                config.listen(),
                () -> new InferenceParts(config),
                shutdown,
                parts -> LOG.info(
                        "serving {} as inference process {} on port {}, operations on port {}",
                        config.model().orElse("every model"),
                        config.name(),
                        parts.publicPort(),
                        parts.internalPort()));
    }

    private static <T extends Serving> void run(
            BrokerConfig.Listen listen, Supplier<T> building, Shutdown shutdown, Ready<T> ready) throws Exception {
        shutdown.patience(listen.drainDelay().plus(listen.drainTimeout()).plus(CLOSE_SLACK));
        try (T parts = start(building, shutdown)) {
            if (parts == null) {
                return;
            }
            ready.serving(parts);
            shutdown.await();
            parts.drain();
        }
    }

    /** The default lets strangers through to the provider; whoever runs a broker should hear that from it. */
    private static void sayWhoMayPass(BrokerConfig.ProxyAuth auth) {
        if (auth != BrokerConfig.ProxyAuth.SHARED) {
            LOG.info(
                    "/v1 passes on requests with provider keys that are not ours, limited by address alone"
                            + " (PROXY_AUTH={}; with shared only our own callers may use it)",
                    auth.name().toLowerCase(Locale.ROOT));
        }
    }

    /** Null when the signal came meanwhile: no hook can be added then, and libraries that try fail in many ways. */
    private static <T extends Serving> @Nullable T start(Supplier<T> building, Shutdown shutdown) {
        T parts = null;
        try {
            parts = building.get();
            parts.start();
            return parts;
        } catch (RuntimeException | LinkageError e) {
            if (parts != null) {
                parts.close();
            }
            if (!shutdown.isAsked()) {
                throw e;
            }
            LOG.info("asked to end before it had started");
            return null;
        }
    }
}
