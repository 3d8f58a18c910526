package gptbroker.upstream;

import gptbroker.config.BrokerConfig;
import gptbroker.config.Secret;
import gptbroker.problem.Problem;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.function.BooleanSupplier;

/** Configurations, calls and readers for the tests of this package. */
final class Configs {
    static final String KEY = "sk-canary-51f0a3d7c9";
    static final Duration SHORT = Duration.ofMillis(300);
    static final Duration LONG = Duration.ofSeconds(20);

    private Configs() {}

    static BrokerConfig.Upstream config(URI base) {
        return config(base, LONG, LONG, LONG, 2048, 8 << 20);
    }

    static BrokerConfig.Upstream config(
            URI base, Duration firstByte, Duration idle, Duration total, int maxCalls, int maxBytes) {
        return new BrokerConfig.Upstream(
                base,
                Optional.of(new Secret(KEY)),
                Optional.of("org-1"),
                Optional.of("proj-1"),
                Optional.empty(),
                Map.of("gpt-4o", "mapped-4o"),
                Duration.ofSeconds(2),
                firstByte,
                idle,
                total,
                maxCalls,
                maxBytes);
    }

    static BrokerConfig.Upstream through(BrokerConfig.Upstream config, String proxy) {
        return new BrokerConfig.Upstream(
                config.baseUrl(),
                config.apiKey(),
                config.organization(),
                config.project(),
                Optional.of(new Secret(proxy)),
                config.models(),
                config.connectTimeout(),
                config.firstByteTimeout(),
                config.idleTimeout(),
                config.totalTimeout(),
                config.maxCalls(),
                config.maxAnswerBytes());
    }

    static Call call() {
        return new Call(
                "gpt-4o-mini",
                "[{\"role\":\"user\",\"content\":\"héllo\"}]".getBytes(StandardCharsets.UTF_8),
                OptionalDouble.empty());
    }

    /** A stream read to its end. */
    record Heard(String text, List<String> pieces, Delta end) {
        Problem problem() {
            return ((Delta.Broken) end).problem();
        }

        boolean isDone() {
            return end instanceof Delta.Done;
        }
    }

    /** Polls until something is so; fails after a minute. */
    static void until(BooleanSupplier condition) throws InterruptedException {
        long end = System.nanoTime() + Duration.ofSeconds(60).toNanos();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() > end) {
                throw new AssertionError("it never came to be");
            }
            Thread.sleep(2);
        }
    }

    static Heard hear(DeltaStream stream) throws InterruptedException {
        List<String> pieces = new ArrayList<>();
        try (stream) {
            for (int i = 0; i < 10_000_000; i++) {
                Delta step = stream.next();
                if (!(step instanceof Delta.Text text)) {
                    return new Heard(String.join("", pieces), pieces, step);
                }
                pieces.add(text.text());
            }
        }
        throw new AssertionError("the stream does not end");
    }
}
