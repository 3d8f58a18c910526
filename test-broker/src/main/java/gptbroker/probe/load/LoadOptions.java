package gptbroker.probe.load;

import gptbroker.probe.tenant.ConfigurationError;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Option;

/** The options of {@code load}, and what of them goes together. */
final class LoadOptions {
    private static final int MAX_RATE = 100_000;
    private static final int MAX_WORKERS = 20_000;
    private static final Duration MAX_DURATION = Duration.ofHours(1);

    @Option(names = "--base-url", paramLabel = "URL", description = "The broker; needs no sign-in with --token.")
    Optional<String> baseUrl = Optional.empty();

    @Option(names = "--env-file", paramLabel = "FILE", description = "Env file as for check: broker and test user.")
    Optional<Path> envFile = Optional.empty();

    @Option(names = "--token", paramLabel = "TOKEN", description = "An access token; repeatable, used in turn.")
    List<String> tokens = new ArrayList<>();

    @Option(names = "--token-file", paramLabel = "FILE", description = "Access tokens, one a line, used in turn.")
    Optional<Path> tokenFile = Optional.empty();

    @Option(
            names = "--endpoint",
            paramLabel = "NAME",
            description =
                    "health, simple, advanced, v2, gpt-4o, stream, or a path (default v2, with --streams stream).")
    Optional<String> endpoint = Optional.empty();

    @Option(names = "--body", paramLabel = "JSON|@FILE", description = "Posted instead of the endpoint's own body.")
    Optional<String> body = Optional.empty();

    @Option(
            names = "--accept",
            paramLabel = "TYPE",
            defaultValue = "*/*",
            description = "Accept header; text/event-stream makes /stream send events.")
    String accept = "";

    @Option(names = "--rate", paramLabel = "N", description = "Open loop: calls a second, whatever the target does.")
    Optional<Double> rate = Optional.empty();

    @Option(names = "--closed", paramLabel = "N", description = "Closed loop: N workers, each call after the last.")
    Optional<Integer> closed = Optional.empty();

    @Option(
            names = "--streams",
            paramLabel = "N",
            description = "N streams at once, each followed by another; with --rate: opened at that rate.")
    Optional<Integer> streams = Optional.empty();

    @Option(
            names = "--connections",
            paramLabel = "N",
            defaultValue = "64",
            description = "At most so many connections in open loop (default ${DEFAULT-VALUE}).")
    int connections;

    @Option(
            names = "--duration",
            paramLabel = "TIME",
            defaultValue = "10s",
            converter = SpanConverter.class,
            description = "Counted time, 1h at most (default ${DEFAULT-VALUE}).")
    Duration duration = Duration.ZERO;

    @Option(
            names = "--warmup",
            paramLabel = "TIME",
            defaultValue = "0s",
            converter = SpanConverter.class,
            description = "Time before that which is not counted (default ${DEFAULT-VALUE}).")
    Duration warmUp = Duration.ZERO;

    @Option(
            names = "--timeout",
            paramLabel = "TIME",
            defaultValue = "30s",
            converter = SpanConverter.class,
            description = "How long the target may be silent (default ${DEFAULT-VALUE}).")
    Duration timeout = Duration.ZERO;

    @Option(
            names = "--max-requests",
            paramLabel = "N",
            defaultValue = "5000000",
            description = "At most so many calls, warm-up included (default ${DEFAULT-VALUE}).")
    long maxRequests;

    @Option(names = "--json", description = "Print one JSON object instead of the table.")
    boolean json;

    @Option(names = "--i-own-this-target", description = "Needed for any target but this machine.")
    boolean ownTarget;

    /** Whether chunks are what is measured. */
    boolean streaming() {
        return streams.isPresent() || endpointName().equals("stream");
    }

    String endpointName() {
        return endpoint.orElse(streams.isPresent() ? "stream" : "v2");
    }

    int workers() {
        return closed.or(() -> streams).orElse(connections);
    }

    Duration length() {
        return warmUp.plus(duration);
    }

    /** What the report calls this run; no token in it. */
    String mode() {
        String pace = rate.map(each -> "open loop, %.1f/s, ".formatted(each)).orElse("closed loop, ");
        return pace + workers() + (streams.isPresent() ? " streams" : " connections");
    }

    /** @throws ConfigurationError with the first mistake */
    void verify() {
        demand(baseUrl.isPresent() != envFile.isPresent(), "give either --base-url or --env-file");
        demand(rate.isPresent() || closed.isPresent() || streams.isPresent(), "give --rate, --closed or --streams");
        demand(closed.isEmpty() || rate.isEmpty() && streams.isEmpty(), "--closed stands alone");
        demand(rate.isEmpty() || rate.get() > 0 && rate.get() <= MAX_RATE, "--rate must be over 0, up to " + MAX_RATE);
        demand(workers() > 0 && workers() <= MAX_WORKERS, "connections or streams must be 1 to " + MAX_WORKERS);
        demand(duration.isPositive() && length().compareTo(MAX_DURATION) <= 0, "--duration must be over 0, up to 1h");
        demand(timeout.isPositive() && timeout.compareTo(MAX_DURATION) <= 0, "--timeout must be over 0, up to 1h");
        demand(maxRequests > 0, "--max-requests must be over 0");
        demand(accept.chars().noneMatch(Character::isISOControl), "--accept holds control characters");
    }

    private static void demand(boolean condition, String otherwise) {
        if (!condition) {
            throw new ConfigurationError(otherwise);
        }
    }
}
