package gptbroker.ops;

import io.helidon.config.Config;
import io.helidon.metrics.api.Counter;
import io.helidon.metrics.api.Gauge;
import io.helidon.metrics.api.MeterRegistry;
import io.helidon.metrics.api.MetricsConfig;
import io.helidon.metrics.api.MetricsFactory;
import io.helidon.metrics.api.ScopingConfig;
import io.helidon.metrics.api.SystemTagsManager;
import io.helidon.metrics.api.Tag;
import io.helidon.metrics.api.Timer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;

/**
 * Where the parts register what they measure. Registration locks and allocates: do it once, in a constructor, and hold
 * the meter in a field. Labels come from closed sets; never a user id, a key or a raw path.
 *
 * <p>Helidon has one registry a process; each instance of this class sees only its own meters in it, so that two
 * brokers in one process (as in tests) do not count for each other.
 *
 * <p>Thread-safe.
 */
public final class Meters {
    /** A gauge of several parts, told apart by the label {@code what}: 1 while something is not as it should be. */
    public static final String DEGRADED = "gpt_broker_degraded";

    /** Its help text. */
    public static final String DEGRADED_HELP = "1 while something that the broker needs is away or not in order";

    /** Tells instances apart inside the process's registry; the scrape takes it out again. */
    static final String INSTANCE = "meters_instance";

    private static final Duration[] LATENCY_BUCKETS = {
        Duration.ofMillis(5),
        Duration.ofMillis(25),
        Duration.ofMillis(100),
        Duration.ofMillis(500),
        Duration.ofSeconds(1),
        Duration.ofSeconds(2),
        Duration.ofSeconds(5),
        Duration.ofSeconds(10),
        Duration.ofSeconds(30),
        Duration.ofSeconds(60)
    };

    private static final Duration[] OVERHEAD_BUCKETS = {
        Duration.ofNanos(250_000),
        Duration.ofNanos(500_000),
        Duration.ofMillis(1),
        Duration.ofMillis(2),
        Duration.ofMillis(5),
        Duration.ofMillis(10),
        Duration.ofMillis(25),
        Duration.ofMillis(100),
        Duration.ofMillis(500),
        Duration.ofSeconds(2)
    };

    private static final AtomicInteger INSTANCES = new AtomicInteger();
    private static final MetricsFactory FACTORY = MetricsFactory.getInstance(Config.empty());
    private static final MeterRegistry REGISTRY = withoutScopeLabel();

    private final String instance = Integer.toString(INSTANCES.getAndIncrement());

    /** A counter; {@code labels} are name, value, name, value. */
    public Counter counter(String name, String help, String... labels) {
        return REGISTRY.getOrCreate(
                FACTORY.counterBuilder(name).description(help).tags(tags(labels)));
    }

    /** A histogram of seconds with buckets that fit language models. */
    public Timer timer(String name, String help, String... labels) {
        return timer(name, help, LATENCY_BUCKETS, labels);
    }

    /** A histogram of seconds with buckets from a quarter of a millisecond up, for work of our own. */
    public Timer quickTimer(String name, String help, String... labels) {
        return timer(name, help, OVERHEAD_BUCKETS, labels);
    }

    /** A value read at each scrape; the supplier must be quick and must not throw. */
    public <N extends Number> Gauge<N> gauge(String name, String help, Supplier<N> value, String... labels) {
        return REGISTRY.getOrCreate(
                FACTORY.gaugeBuilder(name, value).description(help).tags(tags(labels)));
    }

    /** The registry of the whole process, for the scrape. */
    static MeterRegistry registry() {
        return REGISTRY;
    }

    /** The value of {@link #INSTANCE} on this instance's meters. */
    String instance() {
        return instance;
    }

    private Timer timer(String name, String help, Duration[] buckets, String... labels) {
        // No percentiles: they cannot be added up over replicas, and each costs a line a series.
        return REGISTRY.getOrCreate(FACTORY.timerBuilder(name)
                .description(help)
                .buckets(buckets)
                .percentiles(new double[0])
                .tags(tags(labels)));
    }

    private static MeterRegistry withoutScopeLabel() {
        MetricsConfig config = MetricsConfig.builder()
                .scoping(ScopingConfig.builder()
                        .clearTagName()
                        .clearDefaultValue()
                        .build())
                .build();
        SystemTagsManager.instance(config);
        return FACTORY.globalRegistry(config);
    }

    private List<Tag> tags(String... labels) {
        if (labels.length % 2 != 0) {
            throw new IllegalArgumentException("labels come in pairs of name and value");
        }
        List<Tag> tags = new ArrayList<>(labels.length / 2 + 1);
        tags.add(FACTORY.tagCreate(INSTANCE, instance));
        for (int i = 0; i < labels.length; i += 2) {
            tags.add(FACTORY.tagCreate(labels[i], labels[i + 1]));
        }
        return tags;
    }
}
