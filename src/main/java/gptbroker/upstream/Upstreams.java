package gptbroker.upstream;

import gptbroker.config.BrokerConfig;
import gptbroker.ops.Meters;
import java.time.Clock;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;

/**
 * The way to the model, put together: measured, bounded, retried, guarded by a breaker. A retry takes the breaker's
 * permission again, and both tries share one permit of the bound.
 *
 * <p>Thread-safe. Close it after the last call has ended.
 */
public final class Upstreams implements Upstream, AutoCloseable {
    private final OpenAi provider;
    private final Bounded bounded;
    private final Breaking breaking;
    private final Upstream outermost;

    private Upstreams(BrokerConfig.Upstream config, Meters meters, Clock clock, LongSupplier nanoTime, Pauses pauses) {
        provider = new OpenAi(config, nanoTime, clock);
        breaking = new Breaking(provider, meters, clock);
        Upstream retrying = new Retrying(breaking, meters, pauses.sleeper(), pauses.random());
        bounded = new Bounded(retrying, config.maxCalls(), meters);
        outermost = new Metered(bounded, meters, nanoTime);
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

    /** 0 closed, 1 half open, 2 open. */
    int breakerState() {
        return breaking.stateAsNumber();
    }

    /** Closes idle connections; one in use is closed when its call ends. */
    @Override
    public void close() {
        provider.close();
    }
}
