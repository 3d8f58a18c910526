package gptbroker.upstream;

import gptbroker.config.BrokerConfig;
import gptbroker.ops.Meters;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.LongSupplier;
import java.util.function.UnaryOperator;
import java.util.random.RandomGenerator;

/**
 * The way to the model, put together: measured, bounded, routed, retried, guarded by a breaker. A retry takes the
 * breaker's permission again, and both tries share one permit of the bound; each peer has a breaker of its own.
 *
 * <p>Thread-safe. Close it after the last call has ended.
 */
public final class Upstreams implements Upstream, AutoCloseable {
    private final List<OpenAi> peers = new ArrayList<>();
    private final List<Breaking> breakers = new ArrayList<>();
    private final Bounded bounded;
    private final Upstream outermost;

    private Upstreams(BrokerConfig.Upstream config, Meters meters, Clock clock, LongSupplier nanoTime, Pauses pauses) {
        UnaryOperator<Upstream> guards = peer -> {
            var breaking = new Breaking(peer, clock);
            breakers.add(breaking);
            return new Retrying(breaking, meters, pauses.sleeper(), pauses.random());
        };
        Upstream provider = guards.apply(kept(OpenAi.provider(config, nanoTime, clock)));
        Upstream routed = config.inference().isUsed()
                ? Routing.of(
                        config.inference(),
                        process -> guards.apply(kept(OpenAi.inference(config.towards(process), nanoTime, clock))),
                        provider)
                : provider;
        bounded = new Bounded(routed, config.maxCalls(), meters);
        outermost = new Metered(bounded, meters, nanoTime);
        meters.gauge(
                "gpt_broker_upstream_breaker_state", "0 closed, 1 half open, 2 open: no calls", this::breakerState);
    }

    private OpenAi kept(OpenAi peer) {
        peers.add(peer);
        return peer;
    }

    /** How retries wait. */
    record Pauses(Retrying.Sleeper sleeper, RandomGenerator random) {}

    /**
     * Opens the way to the configured provider; connects with the first call.
     *
     * @throws IllegalArgumentException when a URL or key cannot be used; the message names the variable, not its value
     */
    public static Upstreams open(BrokerConfig.Upstream config, Meters meters) {
        RandomGenerator random = () -> ThreadLocalRandom.current().nextLong();
        return open(config, meters, Clock.systemUTC(), System::nanoTime, new Pauses(Thread::sleep, random));
    }

    /** As above, with time and chance in the test's hands. */
    static Upstreams open(
            BrokerConfig.Upstream config, Meters meters, Clock clock, LongSupplier nanoTime, Pauses pauses) {
        return new Upstreams(config, meters, clock, nanoTime, pauses);
    }

    @Override
    public Completion complete(Call call) {
        return outermost.complete(call);
    }

    @Override
    public DeltaStream stream(Call call) {
        return outermost.stream(call);
    }

    @Override
    public RawAnswer relay(RawCall call) {
        return outermost.relay(call);
    }

    /** Calls that hold a permit now. */
    public int inFlight() {
        return bounded.inFlight();
    }

    /** 0 closed, 1 half open, 2 open; the worst of all. */
    int breakerState() {
        return breakers.stream().mapToInt(Breaking::stateAsNumber).max().orElse(0);
    }

    /** Closes idle connections; one in use is closed when its call ends. */
    @Override
    public void close() {
        peers.forEach(OpenAi::close);
    }
}
