package gptbroker.ops;

import io.helidon.metrics.api.Counter;
import io.helidon.metrics.api.Gauge;
import io.helidon.metrics.api.MeterRegistry;
import io.helidon.metrics.api.MetricsConfig;
import io.helidon.metrics.api.MetricsFactory;
import io.helidon.metrics.api.Tag;
import io.helidon.metrics.api.Timer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/**
 * Where the parts register what they measure. Registration locks and allocates: do it once, in a constructor, and hold
 * the meter in a field. Labels come from closed sets; never a user id, a key or a raw path.
 *
 * <p>Thread-safe.
 */
public final class Meters {
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

    private final MetricsFactory factory = MetricsFactory.getInstance();
    private final MeterRegistry registry = factory.createMeterRegistry(MetricsConfig.create());

    /** A counter; {@code labels} are name, value, name, value. */
    public Counter counter(String name, String help, String... labels) {
        return registry.getOrCreate(
                factory.counterBuilder(name).description(help).tags(tags(labels)));
    }

    /** A histogram of seconds with buckets that fit language models. */
    public Timer timer(String name, String help, String... labels) {
        return registry.getOrCreate(factory.timerBuilder(name)
                .description(help)
                .buckets(LATENCY_BUCKETS)
                .tags(tags(labels)));
    }

    /** A value read at each scrape; the supplier must be quick and must not throw. */
    public <N extends Number> Gauge<N> gauge(String name, String help, Supplier<N> value, String... labels) {
        return registry.getOrCreate(
                factory.gaugeBuilder(name, value).description(help).tags(tags(labels)));
    }

    /** The registry, for the scrape. */
    MeterRegistry registry() {
        return registry;
    }

    private List<Tag> tags(String... labels) {
        if (labels.length % 2 != 0) {
            throw new IllegalArgumentException("labels come in pairs of name and value");
        }
        List<Tag> tags = new ArrayList<>(labels.length / 2);
        for (int i = 0; i < labels.length; i += 2) {
            tags.add(factory.tagCreate(labels[i], labels[i + 1]));
        }
        return tags;
    }
}
